"""Encounters as files tell of them: attendee lists (CSV) and calendars (iCalendar), read into checked values.

Pure: files come opened or as bytes, the moment as an argument. Whom an attendee is among the people we know
is for the service to find. No message repeats what stands in a cell.
"""
