"""Runs of some work, each killed when it is about to touch the disk for the n-th time."""

import signal
import subprocess
import sys
from contextlib import contextmanager

# Counts what Python opens, renames and removes below a folder, and each SQL statement. One process imports what the work
# needs and forks a run for each line it reads, so that imports are paid for once.
PARENT = """
import os, signal, sqlite3, sys
{setup}
folder = sys.argv[1]
EVENTS = {{"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}}
steps = last = 0

def step(*_):
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)

def watch(event, arguments):
    if event in EVENTS and folder in str(arguments[0]):
        step()

connect = sqlite3.connect
def traced(*args, **options):
    db = connect(*args, **options)
    db.set_trace_callback(step)
    return db

for line in sys.stdin:
    last = int(line)
    run = os.fork()
    if run == 0:
        sys.addaudithook(watch)
        sqlite3.connect = traced
        work(folder)
        last = -1
        with open(folder + ".steps", "w") as file:
            file.write(str(steps))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)
"""


@contextmanager
def killed_at(setup, folder):
    """Yield a function of n: does the work on `folder`, and returns whether it was killed at its n-th step.

    `setup` is code that defines `work(folder)`. A run that was not killed writes to the file
    `<folder>.steps` how many steps it took.
    """
    words = [sys.executable, "-c", PARENT.format(setup=setup), str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:

        def killed(step):
            parent.stdin.write(f"{step}\n")
            parent.stdin.flush()
            ended = int(parent.stdout.readline())
            assert ended in {0, -signal.SIGKILL}, "the work itself failed"
            return ended != 0

        yield killed
        parent.stdin.close()
