import Statistics
import TestKit
import Testing

/// Golden values: scipy 1.17.1 `stats.norm`, `stats.t`, `stats.chi2`, `stats.f`, `special`.
@Suite("Distributions agree with scipy 1.17.1")
struct DistributionTests {
    @Test(
        "the normal distribution function is right to 1e-12, in the far tail too",
        arguments: [
            (-30, 4.906713927147908e-198), (-8, 6.22096057427174e-16), (-1.5, 0.06680720126885807),
            (-0.01, 0.4960106436853684), (0.3, 0.6179114221889526), (2.5, 0.9937903346742238),
            (6, 0.9999999990134123),
        ])
    func normal(z: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(NormalDistribution.cumulative(z), expected, 1e-12))
    }

    @Test(
        "the normal quantile is right to 1e-13",
        arguments: [
            (1e-300, -37.0470962993612), (1e-12, -7.034483825301131), (0.001, -3.090232306167813),
            (0.025, -1.9599639845400545), (0.3, -0.5244005127080409), (0.5, 0), (0.975, 1.959963984540054),
            (0.9999, 3.719016485455709),
        ])
    func normalQuantile(p: Double, expected: Double) {
        #expect(Tolerance.agrees(NormalDistribution.quantile(p), expected, 1e-13))
    }

    @Test(
        "Student's distribution function is right to 1e-12, also at a million degrees of freedom to 1e-10",
        arguments: [
            (-3.2, 1, 0.09641124797922958, 1e-12), (-1, 2.5, 0.20203051363913682, 1e-12),
            (0.7, 7, 0.7467412239022, 1e-12), (2.1, 22, 0.9762911515841266, 1e-12),
            (4, 1000, 0.9999659950403956, 1e-12), (-12, 5, 3.544746258580761e-05, 1e-12),
            (1.96, 1e6, 0.9750019662073651, 1e-10),
        ])
    func student(t: Double, df: Double, expected: Double, tolerance: Double) {
        #expect(Tolerance.isRelativelyClose(StudentDistribution.cumulative(t, df: df), expected, tolerance))
    }

    @Test(
        "Student's quantile is right to 1e-10",
        arguments: [
            (0.975, 1, 12.706204736174694), (0.975, 2, 4.302652729749462), (0.975, 22, 2.0738730679040254),
            (0.6, 3.5, 0.27326545405577973), (0.025, 600, -1.9639256220427295), (0.9995, 12, 4.3177912836062475),
        ])
    func studentQuantile(p: Double, df: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(StudentDistribution.quantile(p, df: df), expected, 1e-10))
    }

    @Test(
        "the chi-square distribution function is right to 1e-11",
        arguments: [
            (0.1, 1, 0.24817036595415076), (3.84, 1, 0.9499564787512949), (7.394, 2, 0.9752021915830411),
            (30, 22, 0.881535588470985), (1000, 990, 0.5944283717662756),
        ])
    func chiSquare(x: Double, df: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(ChiSquareDistribution.cumulative(x, df: df), expected, 1e-11))
    }

    @Test(
        "the upper chi-square tail keeps its digits far out",
        arguments: [
            (7.39430785083538, 2, 0.0247939916976931), (130.790066939773, 22, 1.8437399853969438e-17),
            (500, 10, 4.4147360999137545e-101),
        ])
    func chiSquareTail(x: Double, df: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(ChiSquareDistribution.upperTail(x, df: df), expected, 1e-11))
    }

    @Test(
        "the chi-square quantile is right to 1e-10",
        arguments: [
            (0.025, 2, 0.05063561596857975), (0.975, 22, 36.78071208403556), (0.5, 0.5, 0.0873476047057468),
            (0.999, 300, 381.4252485204115),
        ])
    func chiSquareQuantile(p: Double, df: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(ChiSquareDistribution.quantile(p, df: df), expected, 1e-10))
    }

    @Test(
        "the F distribution function is right to 1e-11",
        arguments: [
            (1.8, 5, 18, 0.8363302115768549), (0.3, 10, 2.5, 0.07040021589453585),
            (11.03, 5, 15, 0.9998656221479509), (1.1, 400, 300, 0.8090665136543946),
        ])
    func fisher(f: Double, df1: Double, df2: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(FisherDistribution.cumulative(f, df1: df1, df2: df2), expected, 1e-11))
    }

    @Test(
        "the F quantile is right to 1e-10, with fractional degrees of freedom too",
        arguments: [
            (0.975, 5, 18, 3.381967805875243), (0.975, 19, 39.746, 2.088757708843059),
            (0.025, 3, 7, 0.06837889693755993), (0.5, 1, 1, 1), (0.975, 4.785, 5, 7.190768047291414),
        ])
    func fisherQuantile(p: Double, df1: Double, df2: Double, expected: Double) {
        #expect(Tolerance.isRelativelyClose(FisherDistribution.quantile(p, df1: df1, df2: df2), expected, 1e-10))
    }

    @Test("quantiles of 0 and 1 are the ends of the distribution")
    func ends() {
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
        #expect(ChiSquareDistribution.quantile(0, df: 3) == 0)
        #expect(FisherDistribution.quantile(1, df1: 3, df2: 4) == .infinity)
        #expect(StudentDistribution.quantile(0, df: 3) == -.infinity)
    }

    @Test("two-sided p-values are twice the tail")
    func twoSided() {
        #expect(Tolerance.isRelativelyClose(NormalDistribution.twoSided(-2.20898359144091), 0.0271757822291882, 1e-12))
        #expect(Tolerance.isRelativelyClose(StudentDistribution.twoSided(12, df: 5), 7.089492517161522e-05, 1e-12))
    }
}
