public import Federation
public import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cox's proportional hazards model, stratified, by Newton's method: each round a site sends the log partial likelihood of its own
/// strata, its gradient and its information. No event time and no risk set leaves.
///
/// A stratum must lie wholly within one shard; then the sums have the same bits however strata are divided.
public struct CoxFit: Computation {
    /// `survival.cox`
    public static let identifier = "survival.cox"

    /// How events of the same time share a risk set.
    public enum Ties: String, Sendable, Equatable, Codable, CaseIterable {
        /// Each against the whole risk set (Breslow, Biometrics 1974;30:89).
        case breslow
        /// Each against the average over their orders (Efron, JASA 1977;72:557).
        case efron
    }

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - names: the covariates.
    ///   - exponents: for each covariate e with |x| <= 2^e at every site.
    ///   - ridge: the penalised log-likelihood is less `ridge / 2` times the sum of squared coefficients.
    ///   - penaltyUnits: what a coefficient that is penalised is about, such as a standard deviation of each covariate; nil for the
    ///     covariates' own units.
    ///   - offset: name of a further column, the table's last, that is added to the linear predictor as it is; nil for none.
    public init(
        names: [String], exponents: [Int], ties: Ties = .efron, ridge: Double = 0, penaltyUnits: [Double]? = nil,
        offset: String? = nil
    ) {
        precondition(exponents.count == names.count, "an exponent for each covariate")
        precondition(penaltyUnits?.count ?? names.count == names.count, "a unit for each covariate")
        precondition(ridge >= 0, "a ridge is not negative")
        specification = State(
            names: names, exponents: exponents, ties: ties, ridge: ridge, penaltyUnits: penaltyUnits, offset: offset,
            ascent: NewtonAscent(start: [Double](repeating: 0, count: names.count), gain: 1e-12), null: nil)
    }

    /// What is fitted, and how far the fit is; coefficients of covariates divided by their powers of two.
    public struct State: Codable, Sendable, Equatable {
        /// The covariates.
        public let names: [String]
        /// Binary exponents of the covariates.
        public let exponents: [Int]
        /// Rule for events of the same time.
        public let ties: Ties
        /// Penalty.
        public let ridge: Double
        /// Units of penalised coefficients; nil for the covariates'.
        public let penaltyUnits: [Double]?
        /// Column that is added to the linear predictor; nil for none.
        let offset: String?
        /// Coefficients at which sums are wanted.
        public var ascent: NewtonAscent
        /// Log partial likelihood and score statistic at coefficients 0; nil in the first round.
        public var null: Null?
    }

    /// The model without covariates.
    public struct Null: Codable, Sendable, Equatable {
        /// Log partial likelihood.
        public let logLikelihood: Double
        /// Score statistic, chi-square with a degree of freedom for each covariate; nil where covariates follow from others.
        public let score: Double?
        /// Information of each covariate by itself, scaled.
        let information: [Double]
    }

    /// Coefficients 0.
    public func initialState() -> State { specification }

    /// Log-likelihood, gradient and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        let q = state.names.count
        return [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .counts("events", meaning: "number of events", discloses: "the site's number of events"),
            .unitScale(
                "log_likelihood", meaning: "log partial likelihood", discloses: "how well the model orders the site"),
            .unitScale(
                "gradient", shape: [q], meaning: "gradient of the log partial likelihood, scaled",
                discloses: "covariates of the site's events less the mean of their risk sets, summed"),
            .unitScale(
                "information", shape: [q * (q + 1) / 2], meaning: "upper triangle of the information, scaled",
                discloses: "the covariance of the covariates in the site's risk sets, summed"),
        ]
    }

    /// Sums over the site's strata; the same bits whatever the order of its rows.
    ///
    /// - Throws: `SurvivalError`, or `FederationError` for values beyond the exponents.
    public func contribute(_ shard: SurvivalTable, to state: State) throws -> Contribution {
        let q = state.names.count
        let names = state.names + [state.offset].compactMap(\.self)
        guard shard.names == names, state.exponents.count == q else { throw SurvivalError.columnsDiffer }
        guard shard.followUp.times.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw SurvivalError.badTime }
        for column in names.indices
        where !(0..<shard.followUp.count).allSatisfy({ shard.values[$0 * names.count + column].isFinite }) {
            throw SurvivalError.notFinite(covariate: shard.names[column])
        }
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(shard.followUp.count))
        sums[1].add(Double(shard.followUp.eventCount))
        let strata = Dictionary(grouping: shard.stratum.indices) { shard.stratum[$0] }
        for name in strata.keys.sorted() {
            let rows = strata[name] ?? []
            let part = StratumLikelihood(
                shard.selecting(rows), scales: scales, coefficients: state.ascent.coefficients, ties: state.ties)
            sums[2].add(part.logLikelihood)
            sums[3].add(part.gradient)
            sums[4].add(part.information)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// A Newton step, then the model.
    ///
    /// - Throws: `SurvivalError.noEvents` or `.noMaximum`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, CoxModel> {
        var state = current
        let q = state.names.count
        guard try sum.scalar("events") > 0 else { throw SurvivalError.noEvents }
        let logLikelihood = try sum.scalar("log_likelihood")
        var gradient = try sum.values("gradient")
        var information = SymmetricMatrix(order: q, upper: try sum.values("information"))
        if state.null == nil {
            let factor = try? Cholesky(information, tolerance: 1e-14)
            guard factor != nil || state.ridge > 0 else { throw SurvivalError.noMaximum }
            state.null = Null(
                logLikelihood: logLikelihood,
                score: factor.map { zip($0.solve(gradient), gradient).reduce(0) { $0 + $1.0 * $1.1 } },
                information: (0..<q).map { information[$0, $0] })
        }
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        var penalty = 0.0
        for i in 0..<q {
            // In the covariates' units a coefficient is the scaled one over the power of two.
            let unit = (state.penaltyUnits?[i] ?? 1) / units[i]
            let weight = state.ridge * unit * unit
            let coefficient = state.ascent.coefficients[i]
            penalty += weight / 2 * coefficient * coefficient
            gradient[i] -= weight * coefficient
            information[i, i] += weight
        }
        state.ascent.absorb(
            gradient: gradient, information: information.upper, logLikelihood: logLikelihood - penalty)
        switch state.ascent.status {
        case .running: return .broadcast(state)
        case .failed: throw SurvivalError.noMaximum
        case .converged:
            let covariance = state.ascent.covariance
            // Where a covariate orders the events perfectly the likelihood flattens towards infinity.
            guard let null = state.null,
                (0..<q).allSatisfy({ covariance[$0 * q + $0] * null.information[$0] < 1e9 })
            else { throw SurvivalError.noMaximum }
            return .done(
                CoxModel(
                    names: state.names, coefficients: (0..<q).map { state.ascent.coefficients[$0] / units[$0] },
                    covariance: (0..<q * q).map { covariance[$0] / (units[$0 / q] * units[$0 % q]) },
                    logLikelihood: logLikelihood, null: null, cases: Int(try sum.scalar("cases")),
                    events: Int(try sum.scalar("events")), ties: state.ties, ridge: state.ridge))
        }
    }
}

/// A fitted Cox model.
public struct CoxModel: Sendable, Equatable, Codable {
    /// The covariates.
    public let names: [String]
    /// Log hazard ratio of one unit of each covariate.
    public let coefficients: [Double]
    /// Inverse information, names x names row-major; of the penalised likelihood with a ridge.
    public let covariance: [Double]
    /// Log partial likelihood before the last step, which raises it by less than 1e-12 of it.
    public let logLikelihood: Double
    /// The model without covariates.
    public let null: CoxFit.Null
    /// Number of cases.
    public let cases: Int
    /// Number of events.
    public let events: Int
    /// Rule for events of the same time.
    public let ties: CoxFit.Ties
    /// Penalty.
    public let ridge: Double

    /// Standard error of each coefficient.
    public var standardErrors: [Double] {
        names.indices.map { covariance[$0 * names.count + $0].squareRoot() }
    }

    /// Linear predictor of a case.
    public func linearPredictor(_ values: [Double]) -> Double {
        zip(coefficients, values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// Log partial likelihood of one stratum with its derivatives.
private struct StratumLikelihood {
    private(set) var logLikelihood = 0.0
    private(set) var gradient: [Double]
    private(set) var information: [Double]

    /// - Parameter table: covariates, one for each scale, and the offset where there is one.
    init(_ table: SurvivalTable, scales: [Double], coefficients: [Double], ties: CoxFit.Ties) {
        let (q, width) = (scales.count, table.names.count)
        let triangle = q * (q + 1) / 2
        gradient = [Double](repeating: 0, count: q)
        information = [Double](repeating: 0, count: triangle)
        let n = table.followUp.count
        let x = (0..<n * q).map { table.values[$0 / q * width + $0 % q] * scales[$0 % q] }
        let offset = (0..<n).map { width > q ? table.values[$0 * width + q] : 0 }
        let predictor = (0..<n).map { row in
            (0..<q).reduce(offset[row]) { $0 + x[row * q + $1] * coefficients[$1] }
        }
        // The likelihood does not change with a constant; exp does not overflow.
        let largest = predictor.max() ?? 0
        let risk = predictor.map { exp($0 - largest) }
        // Latest first; rows of one time in an order of their values, not of the table.
        let order = (0..<n).sorted { a, b in
            let (times, events) = (table.followUp.times, table.followUp.events)
            if times[a] != times[b] { return times[a] > times[b] }
            if events[a] != events[b] { return events[a] }
            for column in 0..<q where x[a * q + column] != x[b * q + column] {
                return x[a * q + column] < x[b * q + column]
            }
            return offset[a] < offset[b]
        }
        var whole = Moments(q)
        var start = 0
        while start < n {
            var end = start
            var deaths = Moments(q)
            var count = 0
            while end < n, table.followUp.times[order[end]] == table.followUp.times[order[start]] {
                let row = order[end]
                whole.add(x, row: row, risk: risk[row])
                if table.followUp.events[row] {
                    deaths.add(x, row: row, risk: risk[row])
                    count += 1
                    logLikelihood += predictor[row] - largest
                    for i in 0..<q { gradient[i] += x[row * q + i] }
                }
                end += 1
            }
            for place in 0..<count {
                let share = ties == .efron ? Double(place) / Double(count) : 0
                subtract(whole, deaths, share)
            }
            start = end
        }
    }

    /// Takes off one event's risk set.
    private mutating func subtract(_ whole: Moments, _ deaths: Moments, _ share: Double) {
        let q = gradient.count
        let total = whole.total - share * deaths.total
        logLikelihood -= log(total)
        let mean = (0..<q).map { (whole.first[$0] - share * deaths.first[$0]) / total }
        var place = 0
        for i in 0..<q {
            gradient[i] -= mean[i]
            for j in i..<q {
                information[place] += (whole.second[place] - share * deaths.second[place]) / total - mean[i] * mean[j]
                place += 1
            }
        }
    }

    /// Sums of risks, of covariates and of their products weighted by them.
    private struct Moments {
        var total = 0.0
        var first: [Double]
        var second: [Double]

        init(_ q: Int) {
            first = [Double](repeating: 0, count: q)
            second = [Double](repeating: 0, count: q * (q + 1) / 2)
        }

        mutating func add(_ x: [Double], row: Int, risk: Double) {
            let q = first.count
            total += risk
            var place = 0
            for i in 0..<q {
                let weighted = risk * x[row * q + i]
                first[i] += weighted
                for j in i..<q {
                    second[place] += weighted * x[row * q + j]
                    place += 1
                }
            }
        }
    }
}
