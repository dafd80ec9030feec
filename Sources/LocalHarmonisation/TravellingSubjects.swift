import Agreement
import Federation
public import Harmonisation
import Statistics

/// Agreement of the batches on subjects that were measured in several of them, before or after harmonisation.
///
/// Of sites that exchange sums, and of one machine, by the same computation (`TravellingAgreement`).
public struct TravellingSubjects: Sendable, Equatable, Codable {
    /// Agreement on one feature.
    public struct Feature: Sendable, Equatable, Codable {
        /// Name of the feature.
        public let feature: String
        /// ICC(A,1) of McGraw and Wong over the batches of a group, of the subjects that all of them measured; with several
        /// groups the mean weighted by their subjects; nil where it is not defined.
        public let icc: Double?
        /// Lin's concordance of two batches, the mean over pairs of batches weighted by their subjects; nil where no pair has
        /// three subjects.
        public let concordance: Double?
    }

    /// Batches that travelling subjects link, directly or through other batches.
    public struct Group: Sendable, Equatable, Codable {
        /// Names of the batches.
        public let batches: [String]
        /// Subjects that all of them measured.
        public let subjects: Int
    }

    /// Subjects that every batch of their group measured.
    public let complete: Int
    /// Subjects that two batches at least measured.
    public let travelling: Int
    /// Groups of batches; one if subjects link all batches.
    public let groups: [Group]
    /// Features in the order of the table.
    public let features: [Feature]

    /// Reads a comparison; reports from before there were groups have none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        complete = try values.decode(Int.self, forKey: .complete)
        travelling = try values.decode(Int.self, forKey: .travelling)
        groups = try values.decodeIfPresent([Group].self, forKey: .groups) ?? []
        features = try values.decode([Feature].self, forKey: .features)
    }

    /// Compares batches of one machine.
    ///
    /// - Parameters:
    ///   - rows: complete features.
    ///   - subject: subject of each row; repeated rows of a subject in a batch count by their mean.
    /// - Throws: what reading the rows throws.
    public init(_ rows: some RowSource, subject: [String]) throws {
        try self.init(sites: [rows], subjects: [subject], minimum: 1)
    }

    /// Compares batches of sites that exchange sums.
    ///
    /// - Parameters:
    ///   - sites: complete features.
    ///   - subjects: subject of each row of each site; a subject of several sites counts in each by itself.
    ///   - minimum: fewest subjects behind a number of a site.
    /// - Throws: `HarmonisationError`, `FederationError`, and what reading the rows throws.
    public init(sites: [any RowSource], subjects: [[String]], minimum: Int) throws {
        precondition(subjects.count == sites.count, "subjects of each site")
        guard let names = sites.first?.featureNames, let covariates = sites.first?.covariateNames else {
            throw HarmonisationError.noCases
        }
        let exponents = try ExponentCensus(columns: names.count + covariates.count).run(chunksOf: sites)
        let moments = try PooledMoments(exponents: Array(exponents.prefix(names.count))).run(chunksOf: sites)
        let batches = Set(sites.flatMap { $0.batches.map(\.name) }).sorted()
        self = try TravellingAgreement(
            features: names, means: moments.means,
            deviations: zip(moments.means, moments.standardDeviations).map { $1 > 1e-12 * $0.magnitude ? $1 : 0 },
            batches: batches, minimum: minimum
        ).run(Array(zip(sites, subjects)))
    }

    /// Of no subject.
    init(none features: [String]) {
        (complete, travelling, groups) = (0, 0, [])
        self.features = features.map { Feature(feature: $0, icc: nil, concordance: nil) }
    }

    /// From the sums of the second round.
    init(_ state: TravellingAgreement.State, _ sum: Contribution) throws {
        let p = state.features.count
        let (pairs, groups) = (state.pairs ?? [], state.groups)
        let sizes = state.pairSubjects ?? []
        let (pairSum, pairProduct) = (try sum.values("pair_sum"), try sum.values("pair_product"))
        let subjects = try sum.values("group_subjects")
        let (groupSum, groupSquare) = (try sum.values("group_sum"), try sum.values("group_square"))
        complete = Int(subjects.reduce(0, +))
        travelling = Int(state.travelling ?? 0)
        self.groups = zip(groups, subjects).map { batches, subjects in
            Group(batches: batches.map { state.batches[$0] }, subjects: Int(subjects))
        }
        features = state.features.enumerated().map { column, feature in
            func pair(_ block: [Double], _ place: Int, _ term: Int, of terms: Int) -> Double {
                block[(place * terms + term) * p + column]
            }
            let concordance = Self.mean(
                pairs.indices.map { place in
                    let sums = PairSums(
                        centre: 0, count: sizes[place],
                        sums: (pair(pairSum, place, 0, of: 2), pair(pairSum, place, 1, of: 2)),
                        squares: (pair(pairProduct, place, 0, of: 3), pair(pairProduct, place, 1, of: 3)),
                        products: pair(pairProduct, place, 2, of: 3))
                    return (LinConcordance(sums)?.coefficient.number, sizes[place])
                })
            var reader = 0
            let icc = Self.mean(
                groups.enumerated().map { place, batches in
                    defer { reader += batches.count }
                    guard subjects[place] >= 2 else { return (nil, 0) }
                    let sums = ReadingSums(
                        cases: subjects[place],
                        readerSums: batches.indices.map { groupSum[(reader + $0) * p + column] },
                        squares: pair(groupSquare, place, 0, of: 2), caseSquares: pair(groupSquare, place, 1, of: 2))
                    return (IntraclassCorrelation.estimate(sums, model: .agreement).number, subjects[place])
                })
            return Feature(feature: feature, icc: icc, concordance: concordance)
        }
    }

    /// Weighted mean of what is defined; nil if nothing is.
    private static func mean(_ values: [(value: Double?, weight: Double)]) -> Double? {
        var (sum, weight) = (0.0, 0.0)
        for own in values {
            guard let value = own.value else { continue }
            sum += own.weight * value
            weight += own.weight
        }
        return weight > 0 ? sum / weight : nil
    }
}
