"""Turns off Python's garbage collector in the Prefect servers of tests and the demo. With SQLite and several writes at once, the collector
would block a server for up to a minute, at random. It runs on the main thread, and may free a cursor of a connection while a write of that
connection waits for the database's lock. The main thread is then blocked until the write has the lock, or gives up after a minute."""

import gc

gc.disable()
