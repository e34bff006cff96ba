"""The use cases: what happens in a transaction. The only place whose functions are run by the writing
thread.
"""
