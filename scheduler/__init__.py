"""Who is asked, when, and when not: policy, burden, sampling, triggers, planner. All but the ticks pure."""
