#!/usr/bin/env python3
"""Writes src/elementary/tables.rs: the constants of log2 and exp2. The script needs mpmath (PyPI).

usage: tables.py > ../../src/elementary/tables.rs && rustfmt ../../src/elementary/tables.rs
"""
from mpmath import mp, mpf, log, exp, floor, ceil, nint, factorial

mp.dps = 60
N = 128


def hexa(x):
    d = f"{int(x):016x}"
    return "0x" + "_".join(d[i:i + 4] for i in range(0, 16, 4))


def array(name, doc, values):
    print(f"\n{doc}")
    print(f"pub(super) const {name}: [u64; {len(values)}] = [")
    for i in range(0, len(values), 4):
        print("    " + " ".join(hexa(v) + "," for v in values[i:i + 4]))
    print("];")


recip = [ceil(mpf(2) ** 63 * N / (N + i)) for i in range(N)]
# Each entry is one less than the logarithm rounded down, so that with the series added it does not reach the next whole number.
logs = [max(floor(-log(r / mpf(2) ** 63, 2) * mpf(2) ** 64) - 1, 0) for r in recip]
pows = [floor(mpf(2) ** (mpf(i) / N) * mpf(2) ** 63) for i in range(N)]
ln2, log2e = log(mpf(2)), 1 / log(mpf(2))

print("//! Constants of [`super`]. Written by `tests/golden/tables.py`; do not edit.")
print("\n/// log2 e − 1, in units of 2^−64, and the following 64 bits.")
c = floor((log2e - 1) * mpf(2) ** 128)
print(f"pub(super) const LOG2_E_FRACTION: (u64, u64) = ({hexa(int(c) // 2**64)}, {hexa(int(c) % 2**64)});")
print("\n/// ln 2, in units of 2^−64, and the following 64 bits.")
c = floor(ln2 * mpf(2) ** 128)
print(f"pub(super) const LN_2: (u64, u64) = ({hexa(int(c) // 2**64)}, {hexa(int(c) % 2**64)});")
array("LOG2_SERIES", "/// log2 e / (k+1) · 2^−7k, in units of 2^−63.",
      [nint(log2e / (k + 1) * mpf(2) ** (63 - 7 * k)) for k in range(8)])
array("EXP2_SERIES", "/// (ln 2 / 128)^(k+1) / (k+1)!, in units of 2^−70.",
      [nint((ln2 / N) ** (k + 1) / factorial(k + 1) * mpf(2) ** 70) for k in range(7)])
array("RECIPROCALS", "/// 128/(128+i) in units of 2^−63, rounded up.", recip)
array("LOG2_RECIPROCALS", "/// −log2 of the entries of [`RECIPROCALS`], in units of 2^−64, rounded down, less one.", logs)
array("EXP2", "/// 2^(i/128) in units of 2^−63, rounded down.", pows)
