public import Federation
public import Harmonisation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What fitting and applying take on a simulated table in memory.
public struct HarmonisationMeasurement: Codable, Sendable, Equatable {
    /// Rows, features, batches; two covariates.
    public let rows, features, batches: Int
    /// Processor time of the fit and of estimating and applying, in seconds.
    public let fitSeconds, applySeconds: Double
    /// Largest resident memory of this process, the table included, in GB (10^9 bytes).
    public let peakGB: Double

    /// Simulates a table of batches of equal size and measures.
    public init(rows: Int, features: Int, batches: Int, method: ComBatMethod) throws {
        var table = Self.table(rows: rows, features: features, batches: batches)
        let start = Self.seconds
        let exponents = try ExponentCensus(columns: features + 2).run(on: [table]).result
        let model = try ComBatFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: exponents, method: method
        ).run(on: [table]).result
        let fitted = Self.seconds
        _ = try model.harmonise(inPlace: &table)
        let applied = Self.seconds
        self.rows = rows
        self.features = features
        self.batches = batches
        fitSeconds = fitted - start
        applySeconds = applied - fitted
        peakGB = Self.peakGB
    }

    /// A seeded table with batch effects on location and scale.
    public static func table(rows: Int, features: Int, batches: Int) -> CaseTable {
        var state: UInt64 = 7
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        var values = [Double](repeating: 0, count: rows * features)
        var covariates = [Double](repeating: 0, count: rows * 2)
        let shifts = (0..<batches * features).map { _ in uniform() - 0.5 }
        let factors = (0..<batches * features).map { _ in 0.7 + 0.6 * uniform() }
        for row in 0..<rows {
            let batch = row % batches
            let (age, sex) = (40 + 40 * uniform(), uniform() < 0.5 ? 0.0 : 1.0)
            covariates[2 * row] = age
            covariates[2 * row + 1] = sex
            for column in 0..<features {
                let noise = uniform() + uniform() + uniform() - 1.5
                values[row * features + column] =
                    10 + 0.02 * age + 0.3 * sex + shifts[batch * features + column]
                    + factors[batch * features + column] * noise
            }
        }
        return CaseTable(
            featureNames: (0..<features).map { "f\($0)" }, features: values, covariateNames: ["age", "sex"],
            covariates: covariates, outcome: [Double](repeating: .nan, count: rows),
            batch: (0..<rows).map { "b\($0 % batches)" })
    }

    private static var usage: rusage {
        var usage = rusage()
        // RUSAGE_SELF, whose imported type differs between C libraries.
        getrusage(0, &usage)
        return usage
    }

    private static var seconds: Double {
        let usage = usage
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(microseconds) * 1e-6
    }

    private static var peakGB: Double { Double(usage.ru_maxrss) * 1024e-9 }
}
