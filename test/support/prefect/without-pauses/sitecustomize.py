"""Turns off Python's garbage collector in the Prefect servers of tests and the demo. With SQLite and several writes at once, the collector
would block a server for up to a minute, at random. It runs on the main thread and frees a cursor of a connection whose write is waiting for
the database's lock. Until that wait ends, after a minute at most, the main thread waits for the connection."""

import gc

gc.disable()
