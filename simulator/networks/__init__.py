"""The login flows of the networks, a module per family.

Each flow is a generator: it yields the steps it shows and is sent the answers, what a
client submitted or what happened on the phone. It returns who signed in, or raises
LoginFailed. Step IDs, fields, patterns and the order of steps are those of the
open-source bridges, read in August 2026.
"""
