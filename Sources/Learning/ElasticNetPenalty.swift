import LinearAlgebra

/// The elastic net on coefficients of z-scores.
struct ElasticNetPenalty {
    let alpha: Double
    let factors: [Double]
    let deviations: [Double]

    /// Largest violation of the optimality conditions that counts as none, on the scale of standard deviations.
    private static let tolerance = 1e-9
    /// Change of a coefficient that ends the descent, on the scale of the likelihood.
    private static let stillness = 1e-12
    /// Rounds over the coefficients in the model after which their equations are solved instead.
    private static let patience = 12
    /// Most rounds of the descent.
    private static let sweepLimit = 10_000

    /// Penalty factors that sum to the number of features.
    static func normalised(_ factors: [Double]?, count: Int) -> [Double] {
        guard let factors else { return [Double](repeating: 1, count: count) }
        let total = factors.reduce(0, +)
        return total > 0 ? factors.map { $0 * Double(count) / total } : factors
    }

    /// Penalties from the largest down to a share of it, in equal ratios.
    ///
    /// - Throws: `LearningError.noPenalty`.
    static func path(largest: Double, count: Int, ratio: Double) throws(LearningError) -> [Double] {
        guard largest > 0, largest.isFinite else { throw .noPenalty }
        guard count > 1 else { return [largest] }
        let step = LogisticFunction.logOf(ratio) / Double(count - 1)
        return (0..<count).map { largest * LogisticFunction.decay(-step * Double($0)) }
    }

    func value(_ coefficients: [Double], _ lambda: Double) -> Double {
        var sum = 0.0
        for column in factors.indices {
            let scaled = coefficients[column + 1] * deviations[column]
            sum += factors[column] * (alpha * scaled.magnitude + (1 - alpha) / 2 * scaled * scaled)
        }
        return lambda * sum
    }

    /// Absolute gradient of a feature over its penalty factor, on the scale of its standard deviation.
    func slope(_ gradient: [Double], _ column: Int) -> Double {
        guard deviations[column] > 0, factors[column] > 0 else { return 0 }
        return gradient[column + 1].magnitude / deviations[column] / factors[column]
    }

    /// Smallest penalty that leaves no penalised feature.
    func largest(_ gradient: [Double]) -> Double {
        (factors.indices.map { slope(gradient, $0) }.max() ?? 0) / max(alpha, 1e-3)
    }

    func isOptimal(_ coefficients: [Double], _ gradient: [Double], _ lambda: Double, freeOnly: Bool) -> Bool {
        guard gradient[0].magnitude <= Self.tolerance else { return false }
        for column in factors.indices where deviations[column] > 0 && (!freeOnly || factors[column] == 0) {
            let own = gradient[column + 1] / deviations[column]
            let scaled = coefficients[column + 1] * deviations[column]
            let (corner, ridge) = (lambda * alpha * factors[column], lambda * (1 - alpha) * factors[column] * scaled)
            let violation =
                scaled == 0
                ? own.magnitude - corner : (own + ridge + (scaled > 0 ? corner : -corner)).magnitude
            if violation > Self.tolerance { return false }
        }
        return true
    }

    /// Minimum of the quadratic model of the likelihood and the penalty, by coordinate descent over the working features.
    func minimum(
        about start: [Double], working: [Int], gradient: [Double], information: SymmetricMatrix, lambda: Double
    ) -> [Double] {
        var coefficients = start
        let places = [0] + working.map { $0 + 1 }
        // Gradient of the quadratic at the current coefficients.
        var slope = places.map { gradient[$0] }
        let width = places.count
        var dense = [Double](repeating: 0, count: width * width)
        var position = 0
        for i in 0..<width {
            for j in i..<width {
                dense[i * width + j] = information.upper[position]
                dense[j * width + i] = information.upper[position]
                position += 1
            }
        }
        /// One round over some coordinates; the largest change, on the scale of the likelihood.
        func sweep(_ coordinates: [Int]) -> Double {
            var largest = 0.0
            for i in coordinates {
                let place = places[i]
                let curvature = dense[i * width + i]
                let old = coefficients[place]
                var new = old - slope[i] / curvature
                if place > 0 {
                    let (factor, deviation) = (factors[place - 1], deviations[place - 1])
                    let pull = curvature * old - slope[i]
                    let corner = lambda * alpha * factor * deviation
                    let shrunk = pull > corner ? pull - corner : pull < -corner ? pull + corner : 0
                    new = shrunk / (curvature + lambda * (1 - alpha) * factor * deviation * deviation)
                }
                let change = new - old
                guard change != 0 else { continue }
                coefficients[place] = new
                // Pointers: without bounds checks the loop runs in vectors.
                dense.withUnsafeBufferPointer { dense in
                    slope.withUnsafeMutableBufferPointer { slope in
                        for j in 0..<width { slope[j] += change * dense[i * width + j] }
                    }
                }
                largest = max(largest, change.magnitude * curvature.squareRoot())
            }
            return largest
        }
        let all = (0..<width).filter { dense[$0 * width + $0] > 0 }
        // Those in the model to the end, then all of them, until a round over all changes nothing.
        for _ in 0..<Self.sweepLimit {
            guard sweep(all) >= Self.stillness else { break }
            let active = all.filter { $0 == 0 || coefficients[places[$0]] != 0 }
            guard !(0..<Self.patience).contains(where: { _ in sweep(active) < Self.stillness }) else { continue }
            let inModel = active.filter { $0 == 0 || coefficients[places[$0]] != 0 }
            let changes = leap(
                inModel, places: places, coefficients: coefficients, slope: slope, dense: dense, lambda: lambda)
            for (i, change) in zip(inModel, changes) where change != 0 {
                coefficients[places[i]] += change
                for j in 0..<width { slope[j] += change * dense[i * width + j] }
            }
            guard changes.isEmpty else { continue }
            for _ in 0..<Self.sweepLimit {
                guard sweep(active) >= Self.stillness else { break }
            }
        }
        return coefficients
    }

    /// Changes of the coordinates in the model to the minimum at which they keep their signs, or on the way there to the first one that
    /// becomes 0; empty where the information is singular. Near the end this replaces many rounds of the descent.
    private func leap(
        _ active: [Int], places: [Int], coefficients: [Double], slope: [Double], dense: [Double], lambda: Double
    ) -> [Double] {
        let width = places.count
        var (upper, right): ([Double], [Double]) = ([], [])
        upper.reserveCapacity(active.count * (active.count + 1) / 2)
        for (row, i) in active.enumerated() {
            var pull = -slope[i]
            var ridge = 0.0
            if places[i] > 0 {
                let (factor, deviation) = (factors[places[i] - 1], deviations[places[i] - 1])
                let own = coefficients[places[i]]
                ridge = lambda * (1 - alpha) * factor * deviation * deviation
                let corner = lambda * alpha * factor * deviation
                // A free coefficient has no corner, and may be 0.
                pull -= ridge * own + (own > 0 ? corner : own < 0 ? -corner : 0)
            }
            right.append(pull)
            upper.append(dense[i * width + i] + ridge)
            for j in active[(row + 1)...] { upper.append(dense[i * width + j]) }
        }
        guard let factor = try? Cholesky(SymmetricMatrix(order: active.count, upper: upper), tolerance: 1e-13) else {
            return []
        }
        let step = factor.solve(right)
        var share = 1.0
        var first: Int?
        for (row, i) in active.enumerated() where places[i] > 0 && alpha * factors[places[i] - 1] > 0 {
            let own = coefficients[places[i]]
            guard own != 0, own * (own + share * step[row]) < 0 else { continue }
            share = -own / step[row]
            first = row
        }
        return step.indices.map { row in
            row == first ? -coefficients[places[active[row]]] : share * step[row]
        }
    }
}
