"""For tests and the demo, whose server is on SQLite: with several writes at once it stands still, at random, for the minute that a
writer waits for its lock, because Python's garbage collector frees a cursor of that writer's connection on the main thread, and waits
for it there."""

import gc

gc.disable()
