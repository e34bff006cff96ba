"""Random updates, whole and broken, over translation and service: nothing is raised, nothing gets stuck."""
