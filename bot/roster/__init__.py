"""The member list: a CSV file read row by row into checked entries, and what each means for whom we know.

Pure: files come opened, the database as values, the moment as an argument. No message repeats what stands in
a cell, as a member list is about people.
"""
