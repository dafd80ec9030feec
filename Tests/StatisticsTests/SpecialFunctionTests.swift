import Statistics
import TestKit
import Testing

/// Golden values: scipy 1.17.1 `special.gammaln`, `betainc`, `gammainc`, `gammaincc`.
@Suite("Special functions agree with scipy 1.17.1")
struct SpecialFunctionTests {
    @Test(
        "log-gamma is right to 1e-14",
        arguments: [
            (1e-5, 11.512919692895826), (0.5, 0.5723649429247), (1, 0), (2, 0), (3.7, 1.428072326665388),
            (100, 359.1342053695754), (1e6, 12_815_504.569147611),
        ])
    func logGamma(x: Double, expected: Double) {
        #expect(Tolerance.agrees(SpecialFunctions.logGamma(x), expected, 1e-14))
    }

    @Test(
        "the incomplete beta function is right to 1e-12",
        arguments: [
            (0.2, 0.5, 0.5, 0.2951672353008665), (0.9, 3, 1.5, 0.8776593830222359),
            (0.01, 20, 2, 2.080000000000001e-39), (0.5, 200, 210, 0.6894852134274166), (0, 2, 3, 0), (1, 2, 3, 1),
        ])
    func incompleteBeta(x: Double, a: Double, b: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(SpecialFunctions.incompleteBeta(x, a: a, b: b), expected, 1e-12))
    }

    @Test(
        "both incomplete gamma functions are right to 1e-12",
        arguments: [
            (0.5, 0.1, 0.34527915398142317, 0.6547208460185768), (3, 10, 0.9972306042844884, 0.0027693957155115775),
            (50, 40, 0.07033506665939494, 0.9296649333406051), (2, 0, 0, 1),
        ])
    func incompleteGamma(a: Double, x: Double, lower: Double, upper: Double) {
        #expect(Tolerance.isRelativelyClose(SpecialFunctions.incompleteGamma(a, x), lower, 1e-12))
        #expect(Tolerance.isRelativelyClose(SpecialFunctions.incompleteGammaComplement(a, x), upper, 1e-12))
    }
}

@Suite("Root finding")
struct RootFindingTests {
    @Test("Brent's method finds the zero of Wilkinson's cubic and of a flat function")
    func brent() throws {
        let cubic = try #require(RootFinding.brent(0, 3) { $0 * $0 * $0 - 2 * $0 - 5 })
        #expect((cubic - 2.0945514815423265).magnitude < 1e-13)
        let flat = try #require(RootFinding.brent(-1, 4) { ($0 - 1) * ($0 - 1) * ($0 - 1) })
        #expect((flat - 1).magnitude < 1e-4)
        #expect(RootFinding.brent(2, 0) { $0 - 1 } == 1)
    }

    @Test("Brent's method returns nothing where the signs are equal or a value is not a number")
    func noRoot() {
        #expect(RootFinding.brent(1, 2) { $0 * $0 } == nil)
        #expect(RootFinding.brent(-1, 1) { $0 < 0 ? -1 : .nan } == nil)
    }

    @Test("Brent's method needs fewer evaluations than bisection")
    func evaluations() {
        var brentCount = 0
        var bisectionCount = 0
        _ = RootFinding.brent(0, 3) { x in
            brentCount += 1
            return x * x * x - 2 * x - 5
        }
        _ = RootFinding.bisect(0, 3) { x in
            bisectionCount += 1
            return x * x * x - 2 * x - 5
        }
        #expect(brentCount < 15 && bisectionCount > 40)
    }

    @Test("bisection ends at neighbouring numbers")
    func bisection() {
        #expect((RootFinding.bisect(0, 2) { $0 * $0 - 2 } - 2.0.squareRoot()).magnitude <= 2.0.squareRoot().ulp)
    }
}
