"""Methods that reach for what is others': files, processes, sockets, the machine.

Here: a case is a line that raises PermissionError where the walls hold; where they don't, the row
is `ok`. Not here: the names that the lines use, and all other cases (tests/bench/hostile_cases.py).
"""

DENIED = ("crashed", "PermissionError")

REACHING = {
    # files that are others'
    "lists_the_assets": 'os.listdir(HOME / "assets")',
    "lists_the_home": "os.listdir(HOME)",
    "reads_the_store": '(HOME / "records.sqlite").read_bytes()',
    "writes_the_store": '(HOME / "records.sqlite").open("ab").write(b"x")',
    "truncates_the_store": 'os.truncate(HOME / "records.sqlite", 0)',
    "writes_the_ledger": '(HOME / "ledger.jsonl").open("a").write("{}")',
    "makes_an_asset": '(HOME / "assets" / "answers-1").mkdir()',
    "moves_the_assets": '(HOME / "assets").rename(HOME / "gone")',
    "moves_the_assets_here": '(HOME / "assets").rename("assets")',
    "erases_others_scratch": 'import shutil; shutil.rmtree(HOME / "scratch")',
    "reads_the_commands": 'os.listdir(ROOT / "commands")',
    "writes_the_engine": '(ROOT / "bench" / "__init__.py").open("a").write("x = 1")',
    "writes_the_suite": '(ROOT / "suites" / "toy" / "scoring.py").write_text("x")',
    "writes_itself": 'Path(__file__).open("a").write("x")',
    "writes_another_method": '(ROOT / "methods" / "toy" / "half.py").unlink()',
    "writes_byte_code": '(ROOT / "bench" / "x.pyc").write_bytes(b"x")',
    "writes_a_hook_of_git": '(ROOT / ".git").mkdir()',
    "writes_a_library": 'Path(torch.__file__).with_name("evil.py").write_text("x")',
    "writes_a_start_up_file": '(Path.home() / ".profile").open("a").write("")',
    "writes_a_path_file": 'import site; Path(site.getsitepackages()[0], "evil.pth").write_text("import os")',
    "writes_to_tmp": 'Path("/tmp/weighhouse-evil").write_text("x")',
    "reads_the_users_files": "os.listdir(Path.home())",
    "reads_shadow": 'Path("/etc/shadow").read_text()',
    # by another name
    "follows_a_link": 'os.symlink(HOME / "records.sqlite", "link"); Path("link").read_bytes()',
    "goes_through_proc": 'os.listdir(f"/proc/self/cwd/../../assets")',
    "goes_through_root": 'os.listdir(f"/proc/self/root{HOME}/assets")',
    "asks_a_shell": 'code = subprocess.call(["sh", "-c", "ls $WEIGHHOUSE_HOME/assets"]); refused(-1 if code else 0)',
    "asks_another_python": 'code = subprocess.call([sys.executable, "-c", "import os; os.listdir(os.environ[\'WEIGHHOUSE_HOME\'])"]); refused(-1 if code else 0)',
    "opens_by_handle": "refused(libc.syscall(304 if os.uname().machine == 'x86_64' else 265, -100, None, 0))",
    # who may use a file
    "closes_the_home": "os.chmod(HOME, 0)",
    "closes_the_sources": 'os.chmod(ROOT / "bench" / "__init__.py", 0)',
    "gives_the_home_away": "os.chown(HOME, 1, 1)",
    # other processes
    "kills_the_forkserver": "os.kill(PARENT, signal.SIGKILL)",
    "stops_the_forkserver": "os.kill(PARENT, signal.SIGSTOP)",
    "stops_the_bench": 'os.kill(int(Path(f"/proc/{PARENT}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGSTOP)',
    "kills_by_handle": "signal.pidfd_send_signal(os.pidfd_open(PARENT), signal.SIGKILL)",
    "traces_the_forkserver": "refused(libc.ptrace(16, PARENT, 0, 0))",
    "reads_another_memory": 'open(f"/proc/{PARENT}/mem", "rb").read(1)',
    "reads_another_environment": 'open(f"/proc/{PARENT}/environ", "rb").read(1)',
    "looks_at_another_s_files": 'os.readlink(f"/proc/{PARENT}/fd/0")',
    "takes_another_s_files": 'open(f"/proc/{PARENT}/fd/0", "rb")',
    "takes_them_by_handle": "refused(libc.syscall(438, os.pidfd_open(PARENT), 0, 0))",
    "limits_the_forkserver": "resource.prlimit(PARENT, resource.RLIMIT_NOFILE, (3, 3))",
    "limits_its_time": "resource.prlimit(PARENT, resource.RLIMIT_CPU, (1, 1))",
    "slows_the_forkserver": "os.setpriority(os.PRIO_PROCESS, PARENT, 19)",
    "slows_the_user": "os.setpriority(os.PRIO_USER, 0, 19)",
    "binds_the_forkserver": "os.sched_setaffinity(PARENT, {0})",
    # sockets and memory in common
    "calls_the_net": 'socket.create_connection(("127.0.0.1", 9))',
    "listens": 'socket.create_server(("127.0.0.1", 0))',
    "sends_a_datagram": 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))',
    "asks_the_forkserver": "from multiprocessing.forkserver import _forkserver as f; socket.socket(socket.AF_UNIX).connect(f._forkserver_address)",
    "has_a_child_made": "import multiprocessing as m; p = m.get_context('forkserver').Process(target=print); p.start()",
    "shares_memory": "from multiprocessing.shared_memory import SharedMemory; SharedMemory(create=True, size=10)",
    "shares_by_number": "refused(libc.shmget(4711, 4096, 0o1666))",
    # the machine
    "sets_the_clock": "time.clock_settime(time.CLOCK_REALTIME, time.time())",
    "mounts": 'refused(libc.mount(b"none", b".", b"tmpfs", 0, None))',
    "makes_a_name_space": "refused(libc.unshare(0x10000000))",
    "leaves_its_ring": "refused(libc.syscall(425, 8, ctypes.create_string_buffer(200)))",
    # what ends it with its bench
    "unlearns_dying": "refused(libc.prctl(1, 0, 0, 0, 0))",
    "lets_orphans_go": "refused(libc.prctl(36, 0, 0, 0, 0))",
}
"""Each is refused: one line that raises PermissionError."""
