"""48 servers, Poisson arrivals, exponential service, in SimPy: milliseconds per 1,000,000 messages.

100,000 messages are simulated and the time is multiplied by ten.
"""

import random
import time

import simpy

N = 100_000


def message(env, servers, random_):
    with servers.request() as place:
        yield place
        yield env.timeout(random_.expovariate(1 / 0.76))


def source(env, servers, random_):
    for _ in range(N):
        yield env.timeout(random_.expovariate(40.0))
        env.process(message(env, servers, random_))


start = time.perf_counter()
env = simpy.Environment()
servers = simpy.Resource(env, capacity=48)
env.process(source(env, servers, random.Random(42)))
env.run()
print((time.perf_counter() - start) * 1000 * (1_000_000 / N))
