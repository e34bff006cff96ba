"""Side by side with what people would use instead: `make bench` runs it and writes results.json."""
