# Runs the scenarios of test/vectors/feed.json: python3 vectors.py FILE
import json
import sys

from follower import Follower

with open(sys.argv[1]) as file:
    scenarios = json.load(file)["verifier"]

for scenario in scenarios:
    follower = Follower()
    for i, step in enumerate(scenario["steps"]):
        now = (step["at"]["mono_ms"], step["at"]["wall_ms"])
        where = f"{scenario['name']}, step {i}"
        if "check" in step:
            verdict = follower.check(step["check"], now)
            assert verdict == step["is"], f"{where}: {verdict}"
            continue
        messages = []
        follower.reconnect = False
        if step.get("connected"):
            messages = follower.connect(now)
        elif "receive" in step:
            messages = follower.take(step["receive"], now)
        elif step.get("tick"):
            messages = follower.tick(now)
        else:
            follower.disconnect()
        assert messages == step["send"], f"{where}: sends {messages}"
        assert follower.reconnect == step.get("reconnect", False), f"{where}: reconnect is {follower.reconnect}"
print(len(scenarios), "scenarios")
