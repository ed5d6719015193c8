import subprocess
import sys

from mollia.web.heaps import HEAPS

COUNTING = """
import ctypes, sys, threading
from mollia.web.heaps import few_heaps

libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
if sys.argv[1] == "few":
    assert few_heaps()
together = threading.Barrier(6)


def work():
    together.wait()
    libc.free(ctypes.c_void_p(libc.malloc(100_000)))
    together.wait()


threads = [threading.Thread(target=work) for _ in range(6)]
for each in threads:
    each.start()
for each in threads:
    each.join()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def heaps(how):
    """How many heaps of glibc six threads of another process took memory from."""
    done = subprocess.run([sys.executable, "-c", COUNTING, how], capture_output=True, text=True, check=True)
    return done.stdout.count("<heap nr=")


def test_threads_share_a_few_heaps():
    assert heaps("few") <= HEAPS < heaps("many")
