# Flask with the gate: latchkey gate --listen 127.0.0.1:5001
# Run with GATE=http://127.0.0.1:5001 PORT=3000 python3 app.py
import os
import urllib.error
import urllib.request
from functools import wraps

from flask import Flask, Response, g, jsonify, request

GATE = os.environ.get("GATE", "http://127.0.0.1:5001")
app = Flask(__name__)


def protected(query=""):
    """Asks the gate about the token of the request. `query` may be `?admin` or `?scope=…`."""

    def decorate(view):
        @wraps(view)
        def guarded(*args, **kwargs):
            check = urllib.request.Request(f"{GATE}/check{query}")
            if "Authorization" in request.headers:
                check.add_header("Authorization", request.headers["Authorization"])
            try:
                with urllib.request.urlopen(check, timeout=2) as answer:
                    if answer.status != 204:
                        return Response(status=503)
                    g.user = answer.headers["X-Auth-User"]
                    g.admin = answer.headers["X-Auth-Admin"] == "true"
            except urllib.error.HTTPError as refusal:
                names = ("Content-Type", "WWW-Authenticate", "Retry-After")
                headers = {name: refusal.headers[name] for name in names if name in refusal.headers}
                return Response(refusal.read(), refusal.code, headers)
            except OSError:
                return Response(status=503, headers={"Retry-After": "1"})
            return view(*args, **kwargs)

        return guarded

    return decorate


@app.get("/orders")
@protected()
def orders():
    return jsonify(owner=g.user)


@app.get("/reports")
@protected("?admin")
def reports():
    return jsonify(reports=[])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
