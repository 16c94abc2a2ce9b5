"""Runs a command in a terminal of its own: what it reads goes there as typed, what the command draws comes back.

Usage: terminal.py COLUMNS ROWS COMMAND [ARGUMENT...]. A line «resize COLUMNS ROWS» on standard input changes its size;
a line «type TEXT» types the text, in which backslash escapes stand for keys. Ends with the command's exit code.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def main():
    columns, rows, *command = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        resize(0, columns, rows)
        os.execvp(command[0], command)
    buffered = b""
    sources = [terminal, 0]
    while terminal in sources:
        readable, _, _ = select.select(sources, [], [])
        if 0 in readable:
            piece = os.read(0, 4096)
            if not piece:
                sources.remove(0)
            *lines, buffered = (buffered + piece).split(b"\n")
            for line in lines:
                kind, _, rest = line.decode().partition(" ")
                if kind == "resize":
                    resize(terminal, *rest.split())
                else:
                    os.write(terminal, rest.encode().decode("unicode_escape").encode())
        if terminal in readable:
            try:
                drawn = os.read(terminal, 65536)
            except OSError:
                drawn = b""
            if not drawn:
                sources.remove(terminal)
            os.write(1, drawn)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
