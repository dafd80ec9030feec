/// Log partial likelihood of one stratum (Breslow's rule for ties) with its derivatives, in one pass over its cases.
struct PartialLikelihood {
    /// Follow-up and linear predictors of the cases of a stratum, latest first.
    struct Cases {
        let times: [Double]
        let events: [Bool]
        let predictors: [Double]
    }

    /// Of the cases.
    private(set) var logLikelihood = 0.0
    /// Event less expected events of each case.
    private(set) var residuals: [Double]
    /// Expected events of each case.
    private(set) var expected: [Double]
    /// For each time with events their number, the first case that is no longer at risk, and the sum of risks.
    private let steps: [(events: Int, end: Int, risk: Double)]
    private let risks: [Double]

    init(_ cases: Cases) {
        let n = cases.times.count
        // The likelihood does not change with a constant; the exponential does not overflow.
        let largest = cases.predictors.max() ?? 0
        risks = cases.predictors.map { LogisticFunction.decay(largest - $0) }
        var steps: [(events: Int, end: Int, risk: Double)] = []
        var (total, start) = (0.0, 0)
        while start < n {
            var (end, events) = (start, 0)
            while end < n, cases.times[end] == cases.times[start] {
                total += risks[end]
                if cases.events[end] {
                    events += 1
                    logLikelihood += cases.predictors[end] - largest
                }
                end += 1
            }
            if events > 0 {
                logLikelihood -= Double(events) * LogisticFunction.logOf(total)
                steps.append((events, end, total))
            }
            start = end
        }
        self.steps = steps
        residuals = [Double](repeating: 0, count: n)
        expected = residuals
        // From the earliest time: the hazard that a case lives through.
        var hazard = 0.0
        var step = steps.count - 1
        for row in (0..<n).reversed() {
            while step >= 0, steps[step].end > row {
                hazard += Double(steps[step].events) / steps[step].risk
                step -= 1
            }
            expected[row] = risks[row] * hazard
            residuals[row] = (cases.events[row] ? 1 : 0) - expected[row]
        }
    }

    /// Log-likelihood of the model with a parameter for each time: 0 without ties.
    static func saturated(_ cases: Cases) -> Double {
        var sum = 0.0
        var start = 0
        while start < cases.times.count {
            let end = cases.times[start...].firstIndex { $0 != cases.times[start] } ?? cases.times.count
            let events = Double((start..<end).count { cases.events[$0] })
            if events > 0 { sum -= events * LogisticFunction.logOf(events) }
            start = end
        }
        return sum
    }

    /// Upper triangle of the information of some features.
    ///
    /// - Parameter values: of the cases, cases x `width` row-major.
    func information(_ values: [Double], width: Int) -> [Double] {
        let triangle = width * (width + 1) / 2
        var output = [Double](repeating: 0, count: triangle)
        var first = [Double](repeating: 0, count: width)
        // Pointers: without bounds checks the inner loop runs in vectors.
        values.withUnsafeBufferPointer { values in
            output.withUnsafeMutableBufferPointer { output in
                func add(_ weight: Double, _ x: UnsafeBufferPointer<Double>.SubSequence) {
                    let x = UnsafeBufferPointer(rebasing: x)
                    var place = 0
                    for i in 0..<width {
                        let factor = weight * x[i]
                        for j in i..<width { output[place + j - i] += factor * x[j] }
                        place += width - i
                    }
                }
                for row in residuals.indices { add(expected[row], values[row * width..<(row + 1) * width]) }
                var row = 0
                for step in steps {
                    while row < step.end {
                        for i in 0..<width { first[i] += risks[row] * values[row * width + i] }
                        row += 1
                    }
                    let mean = first.map { $0 / step.risk }
                    mean.withUnsafeBufferPointer { add(-Double(step.events), $0[...]) }
                }
            }
        }
        return output
    }
}
