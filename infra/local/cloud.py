"""The emulator of AWS, which saves its state while it runs and ends with its parent.

Only `sansfond-local` starts this file. It runs ministack in its own process and adds features that ministack 1.5.33
lacks:

* its state is written every two seconds, so that a kill loses no more than that (ministack itself saves
  only when it is asked to stop), and sent mails and unread stream records are part of the state;
* it saves and stops when its parent is gone: the end of standard input means “stop”;
* only this machine's programs and the service's own site have access (`gate.py`), with its own key (`root_key.py`);
* requests that AWS refuses are refused, also if ministack would allow them (`aws_rules.py`);
* records that a function reports as failed are delivered again (`streams.py`);
* AWS's own events, such as those of Batch, can be put on the event bus, which PutEvents does not allow.

Settings come from the environment, which `emulator.rs` sets. Standard output has one message per line for the user
at the terminal; everything else goes to standard error, which is the log file.

Deliberately absent: deploying (`deploy.py`).
"""

import fcntl
import importlib.metadata
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

import aws_rules
import gate
import root_key
import streams
from recorder import Recorder

PINNED = "1.5.33"
SAVE_EVERY_S = 2.0
# Changes without a request, such as a queue's redrive, are saved this often.
SAVE_IDLE_S = 10.0
# The functions' logs are the largest and the least important part.
SAVE_LOGS_S = 20.0
# Streams of each group that are kept; the emulator makes one for each call. Older ones are not needed, and would make
# each save slower.
LOG_STREAMS_KEPT = 500
LOGS = "cloudwatch_logs"

messages = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def say(text):
    """Prints one line for the user at the terminal."""
    try:
        print(text, file=messages, flush=True)
    except OSError:
        pass  # The reader is gone; the end of standard input will end this process.


def fail(text):
    """Prints the reason and ends."""
    say(text)
    sys.exit(1)


def lock_state(path):
    """Locks the state for this process; the lock ends with the process, in whatever way it ends."""
    handle = open(path, "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail("another emulator still uses this state; wait until it has ended")
    return handle


def stop_with_parent():
    """Waits for the end of standard input, then asks this process to stop."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class Saver:
    """Writes each service's state if it has changed since it was written last."""

    def __init__(self, app_module, persistence, folder):
        self.app_module = app_module
        self.persistence = persistence
        self.folder = Path(folder)
        self.written = {}
        self.logs_saved = float("-inf")
        self.lock = threading.Lock()
        self.failed = False

    def states(self):
        """Each service's name and the function that returns its state; the logs not in every round."""
        states = self.app_module._build_persistence_save_dict()
        if time.monotonic() - self.logs_saved < SAVE_LOGS_S:
            states.pop(LOGS, None)
        elif LOGS in states:
            read_consistently(trim_logs)
            self.logs_saved = time.monotonic()
        return states

    def save(self):
        """Saves once. Returns the seconds that it took."""
        started = time.monotonic()
        with self.lock:
            try:
                for name, get_state in self.states().items():
                    self.save_one(name, get_state)
                self.save_one(MAIL, sent_mail)
                # After the tables: an unread record of a saved row must not be missing.
                self.save_one(streams.STATE, streams.unread_records)
                self.failed = False
            except OSError as error:
                if not self.failed:
                    reason = error.strerror or error
                    say(f"the state cannot be saved: {reason}; free some space, or new data is lost")
                self.failed = True
        return time.monotonic() - started

    def save_one(self, name, get_state):
        text = read_consistently(lambda: self.text(name, get_state()))
        if text is None or self.written.get(name) == hash(text):
            return
        path = self.folder / f"{name}.json"
        fresh = path.with_suffix(".fresh")
        try:
            fresh.write_text(text)
            os.replace(fresh, path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        self.written[name] = hash(text)

    def text(self, name, state):
        """The content that ministack's own `save_state` would write; None if there is nothing to save."""
        if state is None:
            return None
        wrapped = {"__ministack_format__": self.persistence._state_format_version(name), "payload": state}
        # `dumps`, not `dump`: only that uses the encoder written in C.
        return json.dumps(wrapped, default=self.persistence._json_default)

    def run(self, touched):
        """Saves until the process ends. A large state is saved less often, so that saving takes a small share of the time."""
        idle_since = time.monotonic()
        pause = SAVE_EVERY_S
        took = 0.0
        while True:
            time.sleep(pause)
            if not touched.is_set() and time.monotonic() - idle_since < SAVE_IDLE_S:
                continue
            touched.clear()
            # The shorter of the last two rounds: the first round loads modules, and some rounds write the logs.
            before, took = took, self.save()
            pause = max(SAVE_EVERY_S, 10 * min(before, took))
            idle_since = time.monotonic()


def read_consistently(read):
    """Reads a state that requests may change meanwhile; reads it again if it changed."""
    for attempt in range(20):
        try:
            return read()
        except RuntimeError:
            time.sleep(0.01 * (attempt + 1))
    return None  # The next round will save it.


MAIL = "sansfond_mail"


def sent_mail():
    """The sent emails; ministack loses them when it stops."""
    ses = sys.modules.get("ministack.services.ses")
    return {"mail": ses._sent_emails} if ses and ses._sent_emails._data else None


def restore_mail(persistence):
    """Restores the mails, before the first request."""
    saved = persistence.load_state(MAIL)
    if saved:
        from ministack.services import ses

        ses._sent_emails._data.update(saved["mail"]._data)


def trim_logs():
    """Deletes all but the last streams of each log group; ministack has no retention."""
    for _, group in sys.modules[f"ministack.services.{LOGS}"]._log_groups.all_items():
        for stream in list(group["streams"])[:-LOG_STREAMS_KEPT]:
            group["streams"].pop(stream, None)


def main():
    lock = lock_state(sys.argv[1])
    site_origin = sys.argv[2]
    key, secret = root_key.read(sys.argv[3])
    version = importlib.metadata.version("ministack")
    if version != PINNED:
        fail(f"ministack {version} is installed, {PINNED} is needed: run `make setup`")
    threading.Thread(target=stop_with_parent, daemon=True, name="stop-with-parent").start()
    folder = os.environ["STATE_DIR"]
    os.makedirs(folder, exist_ok=True)

    root_key.install(key, secret)
    from ministack import app as app_module
    from ministack.core import lambda_runtime, persistence
    from ministack.services import eventbridge

    aws_rules.install()
    streams.install()
    gate.guard_other_servers()
    guarded = gate.Gate(app_module.app, eventbridge._put_events, site_origin)
    app_module.app = guarded
    for path in (one.removeprefix("--calls=") for one in sys.argv if one.startswith("--calls=")):
        app_module.app = Recorder(app_module.app, path)  # For tests.
    saver = Saver(app_module, persistence, folder)
    restore_mail(persistence)
    streams.restore(persistence)
    threading.Thread(target=saver.run, args=(guarded.touched,), daemon=True, name="saver").start()
    sys.argv = ["ministack"]
    status = 0
    try:
        # ministack saves everything when it is asked to stop, and returns.
        app_module.main()
    except SystemExit as end:
        status = 1 if end.code else 0
    except BaseException:
        traceback.print_exc()
        status = 1
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    saver.save()
    if not saver.failed:
        say("the state is saved")
    # Ends the functions' processes. `_exit` does not wait for ministack's pollers, whose threads would take seconds.
    lambda_runtime.reset()
    lock.close()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
