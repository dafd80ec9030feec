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

    /// The log partial likelihood alone, of cases among which one may be so far out that all others' risks are 0 beside its own: risks are
    /// relative to the largest so far.
    static func logLikelihood(_ cases: Cases) -> Double {
        let n = cases.times.count
        var (sum, total, largest, start) = (0.0, 0.0, cases.predictors.first ?? 0, 0)
        while start < n {
            var (end, events) = (start, 0)
            while end < n, cases.times[end] == cases.times[start] {
                let predictor = cases.predictors[end]
                if predictor > largest {
                    total *= LogisticFunction.decay(predictor - largest)
                    largest = predictor
                }
                total += LogisticFunction.decay(largest - predictor)
                if cases.events[end] {
                    events += 1
                    sum += predictor
                }
                end += 1
            }
            if events > 0 { sum -= Double(events) * (largest + LogisticFunction.logOf(total)) }
            start = end
        }
        return sum
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

    /// What each case adds to the second derivatives of a feature: its products with another feature sum to theirs, the covariance in the risk
    /// sets, over all events.
    ///
    /// - Parameter values: the feature's, of the cases in their order.
    func information(_ values: [Double]) -> [Double] {
        // From the latest time: the mean of the cases at risk.
        var (means, sum, place) = ([Double](repeating: 0, count: steps.count), 0.0, 0)
        for (number, step) in steps.enumerated() {
            while place < step.end {
                sum += risks[place] * values[place]
                place += 1
            }
            means[number] = sum / step.risk
        }
        // From the earliest: the hazards times these means that a case lives through.
        var (output, lived, step) = (values, 0.0, steps.count - 1)
        for row in values.indices.reversed() {
            while step >= 0, steps[step].end > row {
                lived += Double(steps[step].events) / steps[step].risk * means[step]
                step -= 1
            }
            output[row] = expected[row] * values[row] - risks[row] * lived
        }
        return output
    }
}
