#!/usr/bin/env python3
"""Reference values of capped everlasting options to 30 digits, ordinary and extreme ones. The script needs mpmath (PyPI).

usage: values.py ROWS SEED > values.csv

The columns are kind,spot,strike,sigma,tenor_seconds,cap_ratio,intrinsic,time_value,value: prices in dollars, and a cap_ratio
of 0 for an option without cap.
The closed form is checked against the differential equation ½σ²S²·V'' = V/T, the jump of slope at the strike and
the value at the cap, on every 20th row, independently of the program.
"""
import random
import sys
from mpmath import diff, mp, mpf, nstr, sqrt

mp.dps = 90
YEAR = mpf(365 * 86400)


def exponents(v, t):
    u = sqrt(1 + 8 / (v * v * t))
    return u, (1 + u) / 2, (1 - u) / 2


def time_value(kind, s, k, v, t, cap):
    u, up, down = exponents(v, t)
    x = s / k
    if kind == "put":  # mirror: S/K -> K/S turns a put into a call on the other pair of exponents
        up, down = -down, -up
        x, cap = 1 / x, (1 / cap if cap else 0)
    if cap and x >= cap:
        return mpf(0)
    c = cap ** -u if cap else mpf(0)
    return k / u * ((1 - c) * x ** up if x < 1 else x ** down - c * x ** up)


def intrinsic(kind, s, k, cap):
    if kind == "call":
        return min(max(s - k, 0), (cap - 1) * k) if cap else max(s - k, 0)
    return min(max(k - s, 0), (1 - cap) * k)


def check(kind, s, k, v, t, cap):
    f = lambda y: time_value(kind, y, k, v, t, cap)
    tv = f(s)
    if tv > mpf("1e-30") and s != k:
        with mp.workdps(200):
            second = diff(f, s, 2, h=s * mpf("1e-60"))
        assert abs(v * v * s * s / 2 * second - tv / t) < mpf("1e-25") * tv / t, (kind, s, k, v, t, cap)
    with mp.workdps(200):
        h = k * mpf("1e-60")
        slope = (f(k + h) - f(k)) / h - (f(k) - f(k - h)) / h
    assert abs(slope + 1) < mpf("1e-40"), slope
    if cap:
        assert abs(f(cap * k)) < mpf("1e-60") * k


def main():
    rows, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    print("kind,spot,strike,sigma,tenor_seconds,cap_ratio,intrinsic,time_value,value")
    for i in range(rows):
        kind = rng.choice(["call", "put"])
        strike = rng.choice([
            rng.randrange(1, 200) * 1000,
            rng.randrange(1, 4000) * 50,
            rng.randrange(1, 10**7) / mpf(100),
            10 ** rng.randrange(-1, 9),
        ])
        sigma = rng.choice([rng.uniform(0.2, 1.5), rng.uniform(0.05, 4), 0.05, 4, 0.050001, 3.999999])
        tenor = rng.choice([3600, 86400, 7 * 86400, 30 * 86400, 90 * 86400, rng.randint(3600, 90 * 86400)])
        cap = rng.choice({
            "call": ["0", "1.1", "1.2", "1.25", "1.5", "2", f"{rng.uniform(1.001, 3):.9f}", "1.0001", "1.15", "50"],
            "put": ["0", "0.9", "0.8", "0.75", "0.6", "0.5", f"{rng.uniform(0.02, 0.999):.9f}", "0.9999", "0.85", "0.02"],
        }[kind])
        k, v, h, t = mpf(strike), mpf(f"{sigma:.6f}"), mpf(cap), tenor / YEAR
        barrier = h if h else mpf(1)
        near = mpf(10) ** -rng.randrange(1, 13) * rng.choice([-1, -1, 1]) * rng.uniform(0.5, 1.5)
        ratio = rng.choice([
            mpf(1),
            1 + near,
            barrier * (1 + near),
            barrier * (1 + near),
            1 + (barrier - 1) * rng.uniform(0, 1),
            mpf(rng.uniform(0.9, 1.1)),
            mpf(rng.uniform(0.5, 2)),
            mpf(10) ** rng.uniform(-2, 2),
            mpf(rng.choice(["0.01", "100"])),
            exp_ratio(rng, v, t),
        ])
        s = mpf(nstr(k * ratio, 20)) if k * ratio < mpf("1e-7") else round8(k * ratio)
        if not k / 100 <= s <= k * 100:
            continue
        tv, ins = time_value(kind, s, k, v, t, h), intrinsic(kind, s, k, h)
        if i % 20 == 0 and not (h and abs(s / k / h - 1) < mpf("1e-3")):
            check(kind, s, k, v, t, h)
        print(f"{kind},{nstr(s, 20)},{nstr(k, 20)},{nstr(v, 20)},{tenor},{cap},"
              f"{nstr(ins, 30)},{nstr(tv, 30)},{nstr(ins + tv, 30)}")


def round8(x):
    return mp.nint(x * 10**8) / mpf(10) ** 8


def exp_ratio(rng, v, t):
    """A spot within a few standard deviations of the tenor, where the time value matters."""
    return mp.exp(v * sqrt(t) * mpf(rng.gauss(0, 4)))


main()
