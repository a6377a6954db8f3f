"""Adaptive retries in overload: the simulation beside an event simulation around botocore's own limiter.

botocore's limiter, token bucket, CUBIC, rate clocker and retry quota decide here, on a clock of events; only the quota of
the service and the order of events are written again. When a limiter hears of an answer decides much: at 78 requests a
minute against a quota of 70 about 960 of 20,000 fail if it heard when a call begins, 400 as it hears when it ends.
"""

import heapq
import json
import os
import pathlib
import random
import subprocess
import unittest

from botocore.retries import adaptive, bucket, quota, throttling

HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
MESSAGES = 20_000


class Clock:
    now = 0.0

    def current_time(self):
        return self.now


class Told:
    """Says of an answer what it is told."""

    def is_throttling_error(self, throttled):
        return throttled


class Client:
    """One client that limits its own rate, and the service's quota of requests a minute."""

    def __init__(self, offered, rpm, latency_s, attempts, seed):
        self.chance, self.clock = random.Random(seed), Clock()
        self.tokens = bucket.TokenBucket(max_rate=1, clock=self.clock)
        cubic = throttling.CubicCalculator(starting_max_rate=0, start_time=0.0)
        self.limiter = adaptive.ClientRateLimiter(cubic, adaptive.RateClocker(self.clock), self.tokens, Told(), self.clock)
        self.retries = quota.RetryQuota()
        self.rpm, self.latency_s, self.attempts = rpm, latency_s, attempts
        self.level, self.level_at = float(rpm), 0.0
        self.events, self.count, self.waiting, self.wakes = [], 0, [], 0
        self.failed = self.throttled = 0
        at = 0.0
        for message in range(MESSAGES):
            at += self.chance.expovariate(offered / 60)
            self.push(at, "ask", message, 1, 1)

    def push(self, at, what, *more):
        self.count += 1
        heapq.heappush(self.events, (at, self.count, what, more))

    def run(self):
        while self.events:
            self.clock.now, _, what, more = heapq.heappop(self.events)
            if what == "ask":
                self.waiting.append(more)
            elif what == "answered":
                self.limiter.on_receiving_response(throttled=False)
                self.retries.release(more[0])
            elif more[0] != self.wakes:
                continue
            self.send()
        return self

    def send(self):
        """Lets through who waits, in turn, as far as the limiter lets them."""
        while self.waiting:
            self.tokens._refill()
            if self.limiter._enabled:
                if self.tokens.available_capacity < 1 - 1e-9:
                    self.wakes += 1
                    self.push(self.clock.now + self.tokens._sleep_amount(1) + 1e-9, "wake", self.wakes)
                    return
                self.tokens._current_capacity -= 1
            message, attempt, cost = self.waiting.pop(0)
            now = self.clock.now
            self.level = min(self.rpm, self.level + (now - self.level_at) * self.rpm / 60)
            self.level_at = now
            if self.level >= 1:
                self.level -= 1
                self.push(now + self.latency_s, "answered", cost)
                continue
            self.throttled += 1
            self.limiter.on_receiving_response(throttled=True)
            if attempt < self.attempts and self.retries.acquire(5):
                self.push(now + self.chance.random() * min(20, 2 ** (attempt - 1)), "ask", message, attempt + 1, 5)
            else:
                self.failed += 1


def simulated(offered, rpm, latency_s, attempts, seed):
    scenario = {
        "seed": seed,
        "daily_messages": offered * 1440,
        "types": [{"name": "a", "share_pct": 100, "model": "m"}],
        "models": {"m": {"latency": latency_s * 1000}},
        "capacity": {"rpm": rpm},
        "retry": {"mode": "adaptive", "max_attempts": attempts},
    }
    command = [REHEARSAL, "simulate", "--scenario", "-", "--messages", str(MESSAGES), "--json"]
    done = subprocess.run(command, input=json.dumps(scenario), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["counts"]


class Overload(unittest.TestCase):
    def test_failures_and_throttled_attempts(self):
        for offered, rpm, latency_s, attempts in [(78, 70, 0.3, 3), (78, 70, 1.0, 3), (78, 70, 2.0, 3), (150, 120, 0.5, 4), (66, 60, 5.0, 2)]:
            with self.subTest(offered=offered, rpm=rpm, latency_s=latency_s, attempts=attempts):
                theirs = [Client(offered, rpm, latency_s, attempts, seed).run() for seed in range(3)]
                ours = [simulated(offered, rpm, latency_s, attempts, seed) for seed in range(3)]
                for name in ("failed", "throttled"):
                    a, b = sum(getattr(client, name) for client in theirs) / 3, sum(counts[name] for counts in ours) / 3
                    self.assertLess(abs(b - a), 0.12 * a + 12, f"{name}: {b}, botocore {a}")


if __name__ == "__main__":
    unittest.main()
