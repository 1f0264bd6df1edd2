"""Writes slopes.csv: S·dV/dS of capped everlasting options to 25 digits, by differentiating the value numerically."""
from decimal import Decimal, getcontext

getcontext().prec = 60


def value(call, strike, tenor, cap_bps, sigma_bps, spot):
    sigma, years = Decimal(sigma_bps) / 10_000, Decimal(tenor) / 31_536_000
    u = (1 + 8 / (sigma * sigma * years)).sqrt()
    strike, cap = Decimal(strike), Decimal(strike) * cap_bps / 10_000
    x, a, b = spot / strike, (1 + u) / 2, (1 - u) / 2
    if call:
        time = x**a * (1 - (strike / cap) ** u) if spot < strike else x**b * (1 - (spot / cap) ** u)
        intrinsic = max(spot - strike, Decimal(0))
    else:
        time = x**b * (1 - (cap / strike) ** u) if spot > strike else x**a * (1 - (cap / spot) ** u)
        intrinsic = max(strike - spot, Decimal(0))
    return intrinsic + strike / u * time


print("kind,strike,tenor,cap_bps,sigma_bps,spot,slope")
for kind, caps in (("call", (10_500, 12_000, 30_000)), ("put", (9_500, 8_000, 3_000))):
    for tenor in (3_600, 86_400, 604_800, 2_592_000, 7_776_000):
        for sigma in (1_500, 6_000, 20_000):
            for cap in caps:
                for spot in (31_000, 70_000, 96_000, 99_999, 100_001, 103_000, 115_000, 180_000):
                    edge = 100_000 * cap // 10_000
                    if spot >= edge if kind == "call" else spot <= edge:
                        continue
                    at, step = Decimal(spot), Decimal(10) ** -18
                    args = (kind == "call", 100_000, tenor, cap, sigma)
                    rise = value(*args, at + step) - value(*args, at - step)
                    print(f"{kind},100000,{tenor},{cap},{sigma},{spot},{rise / (2 * step) * at:.25e}")
