public import Federation

/// Random Fourier features (Rahimi and Recht, NIPS 2007, algorithm 1): columns whose products approximate the Gaussian kernel
/// exp(-gamma |x - y|^2) of z-scores, with an error of about 1 / sqrt(number of columns).
///
/// With them a linear machine over sums becomes a kernel machine, which otherwise would need the rows of all sites. They follow from
/// the seed alone: every site makes the same ones.
public struct RandomFourierFeatures: Sendable, Equatable, Codable {
    /// Location and scale of the features.
    public let standardisation: Standardisation
    /// Number of columns.
    public let count: Int
    /// Width of the kernel.
    public let gamma: Double
    /// Key of the draws.
    public let seed: UInt64

    /// Creates the columns' definition.
    public init(_ standardisation: Standardisation, count: Int = 1000, gamma: Double, seed: UInt64 = 20_261_123) {
        precondition(count > 0 && gamma > 0 && gamma.isFinite, "at least one column and a width above 0")
        self.standardisation = standardisation
        self.count = count
        self.gamma = gamma
        self.seed = seed
    }

    /// What a linear machine of these columns is given as their moments: they are used as they are.
    public var identity: Standardisation {
        Standardisation(
            columns: names, means: [Double](repeating: 0, count: count),
            standardDeviations: [Double](repeating: 1, count: count))
    }

    private var names: [String] { (0..<count).map { "fourier\($0)" } }

    /// The table with these columns in place of its features.
    ///
    /// - Throws: `LearningError.columnsDiffer` or `.missingValues`.
    public func apply(to table: CaseTable) throws(LearningError) -> CaseTable {
        try table.requireFiniteFeatures()
        let scaled = try standardisation.apply(to: table)
        let (n, p) = (table.count, table.featureCount)
        let amplitude = (2 / Double(count)).squareRoot()
        var output = [Double](repeating: 0, count: n * count)
        for column in 0..<count {
            let (frequencies, phase) = draw(column)
            for row in 0..<n {
                var angle = phase
                for feature in 0..<p { angle += frequencies[feature] * scaled.features[row * p + feature] }
                output[row * count + column] = amplitude * CircularFunction.cosine(angle)
            }
        }
        return CaseTable(
            featureNames: names, features: output, covariateNames: table.covariateNames, covariates: table.covariates,
            outcome: table.outcome, batch: table.batch)
    }

    /// Frequencies, normal with variance 2 gamma (Box and Muller 1958), and a phase, uniform on a circle.
    private func draw(_ column: Int) -> (frequencies: [Double], phase: Double) {
        let hash = KeyedHash(seed: seed)
        func unit(_ place: Int) -> Double { KeyedHash.unit(hash.hash(UInt64(column), UInt64(place))) }
        let spread = (2 * gamma).squareRoot()
        let frequencies = standardisation.columns.indices.map { feature in
            let radius = (-2 * LogisticFunction.logOf(1 - unit(2 * feature + 1))).squareRoot()
            return spread * radius * CircularFunction.cosine(2 * Double.pi * unit(2 * feature + 2))
        }
        return (frequencies, 2 * Double.pi * unit(0))
    }
}

/// The cosine in plain Swift, so that every machine computes the same bits (a C library chooses its own by the processor). Absolute
/// error below 1e-15 for angles up to a thousand.
enum CircularFunction {
    static func cosine(_ x: Double) -> Double {
        let quarter = (x * 0.6366197723675814).rounded(.toNearestOrEven)
        // A quarter turn in two parts, the first with 20 trailing zero bits so that its product is exact.
        let rest = (x - quarter * 1.5707963267341256) - quarter * 6.077100506506192e-11
        let square = rest * rest
        switch Int(quarter) & 3 {
        case 0: return evenSeries(square)
        case 1: return -rest * oddSeries(square)
        case 2: return -evenSeries(square)
        default: return rest * oddSeries(square)
        }
    }

    /// Taylor series of cos to x^16.
    private static func evenSeries(_ square: Double) -> Double {
        var sum = 1.0
        for order in stride(from: 16, through: 2, by: -2) { sum = 1 - sum * square / Double(order * (order - 1)) }
        return sum
    }

    /// Taylor series of sin(x) / x to x^16.
    private static func oddSeries(_ square: Double) -> Double {
        var sum = 1.0
        for order in stride(from: 17, through: 3, by: -2) { sum = 1 - sum * square / Double(order * (order - 1)) }
        return sum
    }
}
