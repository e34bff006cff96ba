"""Who is asked, when, and when not: policy, burden, sampling, triggers and planner, all but the ticks pure."""
