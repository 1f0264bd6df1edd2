#!/usr/bin/env python3
"""Reference values of ln, exp and pow on 64.64 numbers. The script needs mpmath (PyPI).

usage: elementary.py ROWS SEED > elementary.csv

The columns are function,x,y,result. The numbers are integers in units of 2^-64, and the result is rounded down.
"""
import random
import sys
from mpmath import exp, floor, log, mp, mpf

mp.dps = 80
ONE = 1 << 64


def main():
    rows, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    print("function,x,y,result")
    edges = [1, 2, ONE - 1, ONE, ONE + 1, 2 * ONE - 1, 2 * ONE, 3 * ONE, (1 << 127) - 1, ONE // 3, (1 << 63) - 1]
    for x in edges:
        print(f"ln,{x},0,{int(floor(log(mpf(x) / ONE) * ONE))}")
    for i in range(rows):
        x = rng.randrange(1, 1 << rng.randrange(1, 128))
        print(f"ln,{x},0,{int(floor(log(mpf(x) / ONE) * ONE))}")
        x = ONE + rng.choice([-1, 1]) * rng.randrange(1, 1 << rng.randrange(1, 64))
        print(f"ln,{x},0,{int(floor(log(mpf(x) / ONE) * ONE))}")
        x = rng.randrange(-46 * ONE, 43 * ONE) >> rng.choice([0, 0, 0, 3, 10, 40])
        print(f"exp,{x},0,{int(floor(exp(mpf(x) / ONE) * ONE))}")
        while True:
            x = rng.randrange(1, 1 << rng.randrange(1, 127))
            y = rng.choice([-1, 1]) * rng.randrange(1, 1 << rng.randrange(40, 80))
            power = mpf(y) / ONE * log(mpf(x) / ONE)
            if -46 < power < 43:
                break
        print(f"pow,{x},{y},{int(floor(exp(power) * ONE))}")


main()
