#!/usr/bin/env python3
"""Reference volatilities of quotes to 30 digits: marks and bids by tenor, the smile over strikes, mark-ups of pools. The script needs mpmath (PyPI).

usage: quotes.py > quotes.csv

The columns are what,a,b,c,d,e,f,volatility; the first of a to f are those of `what`, the others are 0. Volatilities, skews and shares are in basis points,
times in seconds, prices in dollars:

mark    front, back, burst, tenor
bid     calm, ask, burst, tenor
smile   volatility, skew, convexity, spot, strike, tenor
buy     volatility, mark-up
write   volatility, mark-down
"""
from mpmath import log, mp, mpf, nstr, sqrt

mp.dps = 60
YEAR = mpf(365 * 86400)
LEAST, MOST = mpf(5) / 100, mpf(4)


def bps(number):
    return mpf(number) / 10_000


def cut(volatility):
    return min(max(volatility, LEAST), MOST)


def mark(front, back, burst, tenor):
    return bps(back) + bps(front - back) * burst / (mpf(burst) + tenor)


def bid(calm, ask, burst, tenor):
    return max(bps(calm) - bps(ask - calm) * burst / mpf(tenor), LEAST) if ask > calm else bps(calm)


def smile(volatility, skew, convexity, spot, strike, tenor):
    m = log(mpf(strike) / spot) / (bps(volatility) * sqrt(tenor / YEAR))
    m = min(max(m, mpf(-4)), mpf(4))
    return cut(bps(volatility) * (1 + bps(skew) * m + bps(convexity) * m * m))


def row(what, volatility, *arguments):
    cells = [what, *(str(argument) for argument in arguments), *["0"] * (6 - len(arguments))]
    print(",".join(cells) + "," + nstr(volatility, 30, strip_zeros=False, min_fixed=-100, max_fixed=100))


print("what,a,b,c,d,e,f,volatility")
HOURS = (3_600, 86_400, 604_800, 2_592_000, 7_776_000)
for tenor in HOURS:
    for burst in (3_600, 46_800, 2_592_000):
        for low, high in ((500, 40_000), (2_000, 20_000), (5_500, 5_600), (5_500, 9_333), (7_001, 7_001)):
            row("mark", mark(high, low, burst, tenor), high, low, burst, tenor)
            row("bid", bid(low, high, burst, tenor), low, high, burst, tenor)
for tenor in HOURS:
    for volatility in (500, 2_500, 5_537, 15_000, 40_000):
        for skew, convexity in ((0, 0), (-500, 200), (-2_000, 200), (2_000, 0), (333, 77)):
            for spot, strike in ((100_000, 99_999), (100_000, 80_000), (64_123, 70_000), (3_021, 4_500)):
                row("smile", smile(volatility, skew, convexity, spot, strike, tenor), volatility, skew, convexity, spot, strike, tenor)
for volatility in (500, 5_537, 39_999):
    for share in (1, 250, 5_000):
        row("buy", cut(bps(volatility) * (1 + bps(share))), volatility, share)
        row("write", cut(bps(volatility) * (1 - bps(share))), volatility, share)
