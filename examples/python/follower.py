# The verifier's side of the feed of revocations, as docs/feed.md defines it: a state machine without clocks and without I/O.
# Times are in milliseconds. An instant is a pair: (monotonic clock, time of day).
import json
import re

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
SILENCE_MS = 10_000


class Revoked:
    """The entries of the feed."""

    def __init__(self):
        self.tokens, self.generations, self.keys, self.horizon = set(), {}, set(), 0

    def add(self, message):
        for ids in message.get("tokens", {}).values():
            self.tokens.update(ids)
        for user in message.get("users", []):
            below = self.generations.get(user["sub"], 0)
            self.generations[user["sub"]] = max(below, user["below_generation"])
        self.keys.update(message.get("keys", []))
        self.horizon = max(self.horizon, message.get("horizon", 0))

    def has(self, claims):
        if claims["exp"] <= self.horizon or claims["jti"] in self.tokens:
            return True
        return claims.get("gen", 0) < self.generations.get(claims["sub"], 0)


def is_count(value):
    return type(value) is int and 0 <= value < 2**53


def is_id(value):
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def is_length(value):
    return type(value) in (int, float) and 0 <= value < float("inf")


def read(text):
    """Returns the message of the server, or None for one that is not of this version."""
    try:
        message = json.loads(text)
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    kind = message.get("type")
    if kind == "welcome":
        valid = is_length(message.get("lease_ms")) and message["lease_ms"] > 0
    elif kind == "lease":
        valid = is_count(message.get("n")) and is_length(message.get("for_ms"))
    elif kind == "entries":
        valid = are_entries(message)
    else:
        valid = kind == "end"
    return message if valid else None


def are_entries(message):
    tokens, users, keys = message.get("tokens", {}), message.get("users", []), message.get("keys", [])
    if not isinstance(tokens, dict) or not isinstance(users, list) or not isinstance(keys, list):
        return False
    if "seq" in message or "mark" in message:
        if not is_count(message.get("seq")) or not isinstance(message.get("mark"), str):
            return False
    if "horizon" in message and not is_count(message["horizon"]):
        return False
    for expiry, ids in tokens.items():
        if not expiry.isdigit() or not isinstance(ids, list) or not all(is_id(each) for each in ids):
            return False
    for user in users:
        if not isinstance(user, dict) or not is_id(user.get("sub")):
            return False
        if not is_count(user.get("below_generation")) or not is_count(user.get("exp")):
            return False
    return all(isinstance(kid, str) for kid in keys)


class Follower:
    """Each method returns the messages to send. `reconnect` says that the connection has to be replaced."""

    def __init__(self):
        self.revoked = Revoked()
        self.lease = None
        self.position = None
        self.reconnect = False
        self.connected = False

    def connect(self, now):
        self.connected, self.reconnect = True, False
        self.lease_ms, self.seq, self.asked, self.questions = None, None, None, 0
        self.due = now[0] + SILENCE_MS
        # Answers of 0 since this time.
        self.refused_since = None
        return [{"type": "follow"} if self.position is None else {"type": "follow", "after": self.position}]

    def disconnect(self):
        self.connected = False

    def take(self, text, now):
        message = read(text)
        if not self.connected:
            return []
        if message is None:
            return self.replace()
        return getattr(self, "take_" + message["type"])(message, now)

    def take_welcome(self, message, now):
        self.lease_ms = message["lease_ms"]
        self.due = now[0] + SILENCE_MS
        return []

    def take_entries(self, message, now):
        self.revoked.add(message)
        if self.seq is None:
            self.due = now[0] + SILENCE_MS
        if "seq" not in message:
            return []
        if message["seq"] < (self.seq or 0):
            return self.replace()
        if self.seq is None:
            self.due = now[0]
        self.seq = message["seq"]
        self.position = {"seq": message["seq"], "mark": message["mark"]}
        return [{"type": "applied", "seq": self.seq}] + self.tick(now)

    def take_lease(self, message, now):
        length = message["for_ms"]
        if self.asked is None or self.asked[0] != message["n"] or self.lease_ms is None or length > self.lease_ms:
            return self.replace()
        began = self.asked[1]
        self.asked = None
        if length > 0:
            # From before the question, on both clocks.
            lease = (began[0] + length, began[1] + length)
            if self.lease is None or lease[0] >= self.lease[0]:
                self.lease = lease
            self.due, self.refused_since = began[0] + length / 3, None
        else:
            self.due = now[0] + self.lease_ms / 10
            if self.refused_since is None:
                self.refused_since = began[0]
            elif now[0] - self.refused_since > 2 * self.lease_ms:
                return self.replace()
        return self.tick(now)

    def take_end(self, _message, _now):
        messages = self.give_up()
        self.reconnect = True
        return messages

    def give_up(self):
        self.lease = None
        if not self.connected:
            return []
        self.asked, self.due = None, float("inf")
        return [{"type": "ended"}]

    def tick(self, now):
        """Asks for a lease if it is time. The clocks are read before the question is sent."""
        if not self.connected or now[0] < self.due:
            return []
        if self.lease_ms is None or self.seq is None or self.asked is not None:
            self.due = float("inf")
            return self.replace()
        self.questions += 1
        self.asked = (self.questions, now)
        self.due = now[0] + self.lease_ms
        return [{"type": "renew", "n": self.questions}]

    def replace(self):
        self.reconnect = True
        return []

    def check(self, claims, now):
        """Returns 'live', 'revoked', or 'ask': only the server can tell."""
        if self.revoked.has(claims):
            return "revoked"
        runs = self.lease is not None and now[0] < self.lease[0] and now[1] < self.lease[1]
        return "live" if runs else "ask"
