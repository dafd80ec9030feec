import Federation
import Harmonisation
import LocalHarmonisation
import TestKit
import Testing

/// Agreement on travelling subjects from the sums of sites.
@Suite("Travelling subjects of several sites")
struct TravellingTests {
    /// Three hospitals with two or three scanners; some subjects went to all scanners of their hospital, some to two, many to
    /// one, a few twice to the same.
    static func rows(shared: Bool = false) -> LongitudinalTable {
        var state: UInt64 = 11
        func noise() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-52 - 1
        }
        var (features, batch, subject): ([Double], [String], [String]) = ([], [], [])
        for (site, scanners) in [("a", 3), ("b", 2), ("c", 2)] {
            for person in 0..<40 {
                let true1 = noise() * 3
                let own = (0..<scanners).filter {
                    person < 8 || (person < 14 ? $0 < 2 : person % scanners == $0)
                }
                for scanner in own {
                    for _ in 0..<(person == 3 ? 2 : 1) {
                        features += [true1 + noise() + Double(scanner), 1e6 + noise(), 5]
                        batch.append("\(site)\(scanner)")
                        // With `shared` the same names are used in every hospital.
                        subject.append(shared ? "\(person)" : "\(site)\(person)")
                    }
                }
            }
        }
        return LongitudinalTable(
            table: CaseTable(
                featureNames: ["f", "offset", "constant"], features: features,
                outcome: [Double](repeating: .nan, count: batch.count), batch: batch), subject: subject)
    }

    static func sites(_ rows: LongitudinalTable) -> [LongitudinalTable] {
        ["a", "b", "c"].map { site in
            rows.selecting(rows: rows.subject.indices.filter { rows.batch[$0].hasPrefix(site) })
        }
    }

    @Test("Where no subject crosses sites, sums of sites give the bits of the pooled rows", arguments: [1, 5])
    func pooled(minimum: Int) throws {
        let rows = Self.rows()
        let sites = Self.sites(rows)
        let found = try TravellingSubjects(
            sites: sites.map { $0 }, subjects: sites.map(\.subject), minimum: minimum)
        let pooled = try TravellingSubjects(sites: [rows], subjects: [rows.subject], minimum: minimum)
        #expect(found == pooled)
        #expect(found.groups.map(\.batches) == [["a0", "a1", "a2"], ["b0", "b1"], ["c0", "c1"]])
        #expect(found.groups.map(\.subjects) == [8, 14, 14])
        #expect(found.features[2].icc == nil && found.features[2].concordance == nil)
        if minimum == 1 { #expect(try TravellingSubjects(rows, subject: rows.subject) == found) }
        // Within each site by itself and weighted, from the definitions over the rows.
        let alone = try sites.map { try TravellingSubjects($0, subject: $0.subject) }
        let icc = zip(alone, [8.0, 14, 14]).reduce(0) { $0 + ($1.0.features[0].icc ?? .nan) * $1.1 } / 36
        #expect((try #require(found.features[0].icc) - icc).magnitude < 1e-12)
        #expect(try #require(found.features[0].icc) > 0.6)
    }

    @Test("The computation has the same sums over 1, 2, 3 and 7 sites")
    func shards() throws {
        let rows = Self.rows()
        let names = Set(rows.batch).sorted()
        let computation = TravellingAgreement(
            features: rows.featureNames, means: [0, 1e6, 5], deviations: [2, 1, 0], batches: names, minimum: 5)
        let differences = try ShardProperty.differences(computation, shard: rows) { whole, count in
            (0..<count).map { shard in
                whole.selecting(
                    rows: whole.subject.indices.filter { row in
                        (["a", "b", "c"].firstIndex { whole.batch[row].hasPrefix($0) } ?? 0) % count == shard
                    })
            }
        }
        #expect(differences == [])
    }

    @Test("A subject's name in two hospitals pairs no rows: it counts in each by itself")
    func names() throws {
        let sites = Self.sites(Self.rows(shared: true))
        let found = try TravellingSubjects(sites: sites.map { $0 }, subjects: sites.map(\.subject), minimum: 5)
        let own = Self.sites(Self.rows())
        #expect(try TravellingSubjects(sites: own.map { $0 }, subjects: own.map(\.subject), minimum: 5) == found)
    }

    @Test("Fewer subjects than the minimum leave no number, and an unknown batch is refused by name")
    func floor() throws {
        let rows = Self.rows()
        let names = Set(rows.batch).sorted()
        func first(_ minimum: Int) throws -> [Double] {
            let computation = TravellingAgreement(
                features: rows.featureNames, means: [0, 0, 0], deviations: [1, 1, 1], batches: names, minimum: minimum)
            return try computation.contribute(rows, to: computation.initialState()).values("pair_subjects")
        }
        #expect(try first(1).filter { $0 > 0 }.count == 5)
        #expect(try first(9).filter { $0 > 0 }.allSatisfy { $0 >= 9 })
        let none = try TravellingSubjects(sites: [rows], subjects: [rows.subject], minimum: 50)
        #expect(none.travelling == 0 && none.groups.isEmpty && none.features.allSatisfy { $0.icc == nil })
        let unknown = TravellingAgreement(
            features: rows.featureNames, means: [0, 0, 0], deviations: [1, 1, 1], batches: ["a0"], minimum: 5)
        #expect(throws: HarmonisationError.unknownBatch("a1")) {
            try unknown.contribute(rows, to: unknown.initialState())
        }
        var gap = rows.table
        gap.features[4] = .nan
        #expect(throws: HarmonisationError.missingValues(features: ["offset"])) {
            try TravellingSubjects(TableRows(gap), subject: rows.subject)
        }
    }

    @Test("Told sets of subjects leave no class below the minimum, whatever is subtracted", arguments: 0..<30)
    func classes(seed: UInt64) {
        var state = seed &* 7919 &+ 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let (subjects, batches, minimum) = (60, 4, 2 + random(5))
        let measured = (0..<batches).map { _ in (0..<subjects).map { _ in random(3) > 0 } }
        var told = ToldSubjects(measured, minimum: minimum)
        var sets: [(subjects: Set<Int>, batches: [Int])] = []
        for first in 0..<batches {
            for second in (first + 1)..<batches {
                let own = (0..<subjects).filter { measured[first][$0] && measured[second][$0] }
                if told.tell(own, batches: [first, second]) { sets.append((Set(own), [first, second])) }
            }
        }
        #expect(!sets.isEmpty)
        for batch in 0..<batches {
            let own = sets.filter { $0.batches.contains(batch) }
            let sizes = Dictionary(grouping: (0..<subjects).filter { measured[batch][$0] }) { subject in
                own.map { $0.subjects.contains(subject) }
            }
            #expect(sizes.values.allSatisfy { $0.count >= minimum })
        }
    }
}
