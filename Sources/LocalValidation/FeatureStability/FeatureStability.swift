import Agreement
import Statistics

/// Which features are stable: the lower bound of the ICC(A,1) over readers, and Lin's CCC across protocols, are above their
/// limits, at enough of the sites (Koo and Li 2016 read the bound, not the estimate).
public struct FeatureStability: Sendable {
    /// Limits, locked in the protocol.
    public struct Limits: Sendable, Equatable {
        /// Of the lower end of the 95 % interval of the ICC(A,1) over readers.
        public var icc = 0.75
        /// Of Lin's CCC across protocols.
        public var ccc = 0.85
        /// Share of the sites with an estimate at which a feature must pass.
        public var siteShare = 0.75

        /// The usual limits.
        public init() {}
    }

    let readers: FeatureReadings?
    let protocols: FeatureReadings?
    let limits: Limits

    /// Creates a filter.
    ///
    /// - Throws: `LocalValidationError` for limits that are none, or without readings.
    public init(readers: FeatureReadings?, protocols: FeatureReadings?, limits: Limits = Limits()) throws {
        guard readers != nil || protocols != nil else {
            throw LocalValidationError.options("give --readings, --protocols, or both")
        }
        guard [limits.icc, limits.ccc].allSatisfy({ $0.magnitude < 1 }), limits.siteShare > 0, limits.siteShare <= 1
        else {
            throw LocalValidationError.options(
                "--minimum-icc and --minimum-ccc are between -1 and 1, --site-share is above 0 and at most 1")
        }
        (self.readers, self.protocols, self.limits) = (readers, protocols, limits)
    }

    /// What is known of one feature from some of the cases.
    struct Assessment: Sendable, Equatable {
        let feature: String
        /// Over all these cases; nil for a feature without such readings.
        let icc: Estimate?
        /// Of the pair of protocols that agrees least; nil for a feature without such readings.
        let ccc: Estimate?
        let isKept: Bool
    }

    /// Features that have readings, in the order of the tables.
    var features: [String] {
        let first = readers?.features ?? []
        return first + (protocols?.features ?? []).filter { !first.contains($0) }
    }

    /// Assesses every feature from the cases that `isUsed` takes, by site and name.
    func assess(where isUsed: (String, String) -> Bool) -> [Assessment] {
        let (ownReaders, ownProtocols) = (readers.map { used($0, isUsed) }, protocols.map { used($0, isUsed) })
        return features.map { feature in
            let icc = readers.flatMap { part($0, ownReaders, feature, Self.icc) }
            let ccc = protocols.flatMap { part($0, ownProtocols, feature, Self.ccc) }
            let passes = [
                icc.map { share($0.sites) { ($0.lower ?? -1) >= limits.icc } },
                ccc.map { share($0.sites) { $0.value >= limits.ccc } },
            ].compactMap(\.self)
            return Assessment(
                feature: feature, icc: icc?.all, ccc: ccc?.all, isKept: passes.allSatisfy { $0 >= limits.siteShare })
        }
    }

    private func used(_ readings: FeatureReadings, _ isUsed: (String, String) -> Bool) -> [FeatureReadings.Case] {
        readings.cases.filter { isUsed($0.site, $0.name) }
    }

    /// An agreement over all cases and of each site; nil for a feature that the readings lack.
    private func part(
        _ readings: FeatureReadings, _ cases: [FeatureReadings.Case]?, _ feature: String,
        _ agreement: ([[Double]]) -> Estimate
    ) -> (all: Estimate, sites: [Estimate])? {
        guard let place = readings.features.firstIndex(of: feature), let cases else { return nil }
        let bySite = Dictionary(grouping: cases, by: \.site)
        return (
            agreement(cases.map { $0.values[place] }),
            bySite.keys.sorted().map { agreement((bySite[$0] ?? []).map { $0.values[place] }) }
        )
    }

    /// Share of the sites with an estimate that pass; 0 without one.
    private func share(_ sites: [Estimate], _ passes: (EstimateValue) -> Bool) -> Double {
        let known = sites.compactMap { estimate -> EstimateValue? in
            if case .value(let value) = estimate { value } else { nil }
        }
        return known.isEmpty ? 0 : Double(known.count(where: passes)) / Double(known.count)
    }

    private static func icc(_ rows: [[Double]]) -> Estimate {
        guard rows.count >= 3 else { return .notEstimable("fewer than three cases with all readings") }
        let centre = rows.reduce(0) { $0 + $1.reduce(0, +) } / Double(rows.count * rows[0].count)
        return IntraclassCorrelation.estimate(ReadingSums(rows: rows, centre: centre), model: .agreement)
    }

    private static func ccc(_ rows: [[Double]]) -> Estimate {
        guard rows.count >= 3 else { return .notEstimable("fewer than three cases with all readings") }
        var least: Estimate?
        for first in rows[0].indices {
            for second in (first + 1)..<max(first + 1, rows[0].count) {
                let (a, b) = (rows.map { $0[first] }, rows.map { $0[second] })
                guard
                    let lin = LinConcordance(PairSums(a, b, centre: a.reduce(0, +) / Double(a.count))),
                    let value = lin.coefficient.number
                else { return .notEstimable("the readings do not vary") }
                if value < least?.number ?? .infinity { least = lin.coefficient }
            }
        }
        return least ?? .notEstimable("one protocol only")
    }
}
