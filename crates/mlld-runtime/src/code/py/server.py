# Forks a child for each block. It runs no code of a script: what a block changes ends with its child.
# Standard input is a socket: with each byte come the descriptors of a request. Everything ends with the socket.
import _socket, gc, json, os, select, signal, sys, types

CONTROL = _socket.socket(fileno=0)


def search_path():
    # Python is isolated; of what that leaves out, take what nobody but the user can put modules into.
    own = []
    for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        shared = (folder + "/").startswith(("/tmp/", "/var/tmp/", "/dev/shm/"))
        if os.path.isabs(folder) and not shared:
            own.append(folder)
    at = 1 if sys.path and sys.path[0].endswith(".zip") else 0
    sys.path[at:at] = [folder for folder in own if folder not in sys.path]
    if sys.prefix == sys.base_prefix and not os.environ.get("PYTHONNOUSERSITE"):
        try:
            import site
            folder = site.getusersitepackages()
            if os.path.isdir(folder) and os.stat(folder).st_uid == os.getuid():
                site.addsitedir(folder)
        except Exception:
            pass
    sys.path[:] = [folder for folder in sys.path if os.path.isabs(folder)]


def received():
    size = 8 * 4
    data, ancillary, _, _ = CONTROL.recvmsg(1, _socket.CMSG_SPACE(size))
    fds = []
    for level, kind, body in ancillary:
        if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
            for at in range(0, len(body) - 3, 4):
                fds.append(int.from_bytes(body[at:at + 4], sys.byteorder))
    return fds if data else None


def serve():
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    running = {}
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(wake, select.POLLIN)
    gc.freeze() if hasattr(gc, "freeze") else None
    while True:
        for fd, _ in poll.poll():
            if fd == 0:
                fds = received()
                if fds is None:
                    for pid in running.values():
                        send(pid, signal.SIGKILL)
                    os._exit(0)
                if len(fds) != 6:
                    continue
                pid = os.fork()
                if pid == 0:
                    os.setpgid(0, 0)
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for other in [wake, waker, *running]:
                        os.close(other)
                    child(*fds)
                try:
                    os.setpgid(pid, pid)
                except OSError:
                    pass
                status = fds[4]
                for other in fds:
                    if other != status:
                        os.close(other)
                running[status] = pid
                poll.register(status, select.POLLIN)
                tell(status, pid)
            elif fd == wake:
                try:
                    os.read(wake, 4096)
                except OSError:
                    pass
                reap(running, poll)
            elif fd in running:
                try:
                    asked = os.read(fd, 1)
                except OSError:
                    asked = b""
                send(running[fd], signal.SIGTERM if asked == b"T" else signal.SIGKILL)
                if not asked:
                    poll.unregister(fd)


def send(pid, number):
    try:
        os.killpg(pid, number)
    except OSError:
        pass


def tell(fd, number):
    try:
        os.write(fd, (number & 0xffffffff).to_bytes(4, "big"))
    except OSError:
        pass


def reap(running, poll):
    while running:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        for fd, owner in list(running.items()):
            if owner == pid:
                code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                tell(fd, code)
                del running[fd]
                try:
                    poll.unregister(fd)
                except KeyError:
                    pass
                os.close(fd)


def child(request, stdin, stdout, stderr, status, channel):
    code = 1
    try:
        with open(request, "rb") as file:
            asked = json.loads(file.read())
        for fd, place in ((stdin, 0), (stdout, 1), (stderr, 2)):
            os.dup2(fd, place)
            os.close(fd)
        os.close(status)
        if not asked["helpers"]:
            os.close(channel)
        code = block(asked, channel)
    finally:
        os._exit(code)


def open_streams(at_once):
    def stream(fd, mode, **more):
        raw = open(fd, mode + "b", 0 if at_once and mode == "w" else -1, closefd=False)
        import io
        return io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", **more)

    sys.stdin = sys.__stdin__ = stream(0, "r")
    sys.stdout = sys.__stdout__ = stream(1, "w", write_through=at_once)
    sys.stderr = sys.__stderr__ = stream(2, "w", line_buffering=True)


def block(asked, channel):
    open_streams(asked["stream"])
    os.chdir(asked["dir"])
    sys.argv = [""]
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    space = module.__dict__
    if asked["helpers"]:
        talk = Talk(channel)
        for number, name in enumerate(asked["helpers"]):
            space[name] = talk.helper(number, name)
    for name, value in zip(asked["names"], asked["values"]):
        space[name] = decoded(value)
    text = asked["code"]
    status = 0
    try:
        exec(compile(text, "<py>", "exec"), space)
    except SystemExit as end:
        status = exit_status(end.code)
    except BaseException as error:
        import linecache
        lines = [line + "\n" for line in text.split("\n")]
        linecache.cache["<py>"] = (len(text), None, lines, "<py>")
        trace = error.__traceback__
        error.__traceback__ = trace.tb_next if trace is not None else None
        if sys.excepthook is sys.__excepthook__:
            import traceback
            traceback.print_exception(type(error), error, error.__traceback__)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    try:
        threading = sys.modules.get("threading")
        if threading is not None:
            threading._shutdown()
        import atexit
        atexit._run_exitfuncs()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                status = status or 1
    return status


def exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xff
    print(code, file=sys.stderr)
    return 1


MARK = "\x01"


def decoded(value):
    if isinstance(value, str):
        if not value.startswith(MARK):
            return value
        word = value[1:]
        if word == "unset" or word.startswith("call:"):
            return None
        if word in ("NaN", "Infinity", "-Infinity", "-0"):
            return float(word)
        return word[5:] if word.startswith("text:") else word
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, dict):
        return {key: decoded(item) for key, item in value.items()}
    return value


class Talk:
    """Calls of shadow functions: what one prints comes back as text, and it returns None."""

    def __init__(self, channel):
        self.socket = _socket.socket(fileno=channel)

    def helper(self, number, name):
        def call(*args):
            text = json.dumps({"helper": number, "args": list(args)}, default=str)
            data = text.encode("utf-8", "surrogatepass")
            self.socket.sendall(len(data).to_bytes(4, "big") + data)
            answer = json.loads(self.read(int.from_bytes(self.read(4), "big")))
            if "error" in answer:
                raise RuntimeError(answer["error"])
            if answer["text"]:
                print(answer["text"])

        call.__name__ = call.__qualname__ = name
        return call

    def read(self, size):
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise RuntimeError("the call was not answered")
            data += part
        return bytes(data)


search_path()
serve()
