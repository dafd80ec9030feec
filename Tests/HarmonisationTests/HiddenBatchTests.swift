import Federation
import Harmonisation
import Statistics
import TestKit
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Hidden batches")
struct HiddenBatchTests {
    /// scikit-learn 1.9.1, `GaussianMixture(k, tol=1e-13, n_init=20, reg_covar=0).fit(log(x)).bic(log(x))`.
    @Test(
        "Mixtures of logarithms of real features have scikit-learn's criteria",
        arguments: [
            ("T1_ED_Intensity_Range", 150.9241642713743, 139.6272161922605),
            ("T1_ED_Intensity_Variance", 428.9358326331361, 418.21368304010116),
            ("T1_ED_GLSZM_Bins-20_Radius-1_SmallZoneEmphasis", -285.4330091383749, -297.7072069249487),
        ])
    func scikitLearn(feature: String, one: Double, two: Double) throws {
        let values = try FactorTests.fixture("features").numbers(feature).map { log($0) }
        #expect((try #require(GaussianMixture(values, components: 1)).bic - one).magnitude < 1e-8)
        let mixture = try #require(GaussianMixture(values, components: 2))
        #expect((mixture.bic - two).magnitude < 1e-4, "\(mixture.bic)")
    }

    /// `rows` of `features` normal values with a loading on one common factor, and a shift by scanner of every other feature.
    static func table(rows: Int, features: Int, shift: Double, seed: UInt64) -> (CaseTable, [Int]) {
        var generator = SeededGenerator(seed: seed)
        var values: [Double] = []
        let scanner = (0..<rows).map { $0 % 5 < 2 ? 1 : 0 }
        for row in 0..<rows {
            let common = generator.normal()
            for column in 0..<features {
                let own = column % 2 == 0 ? shift * Double(scanner[row]) : 0
                values.append(generator.normal() + 0.5 * common + own)
            }
        }
        return (
            CaseTable(
                featureNames: (0..<features).map { "f\($0)" }, features: values,
                outcome: [Double](repeating: .nan, count: rows), batch: [String](repeating: "all", count: rows)),
            scanner
        )
    }

    @Test("Two scanners that nobody named are found, each with its rows", arguments: [UInt64(1), 2, 3])
    func twoScanners(seed: UInt64) throws {
        let (table, scanner) = Self.table(rows: 200, features: 20, shift: 4, seed: seed)
        let found = try HiddenBatches(TableRows(table), classes: table.featureNames.map { _ in "all" })
        let suggestion = try #require(found.suggestions.first)
        #expect(suggestion.groups.count == 2 && suggestion.bicGain > 10 && suggestion.separation > 2)
        let agree = zip(suggestion.group, scanner).count { $0 == $1 }
        #expect(max(agree, 200 - agree) >= 196)
    }

    @Test(
        "Nothing is suggested where there is one scanner, nor where the scanner is known",
        arguments: [UInt64(1), 2, 3, 4, 5])
    func nothing(seed: UInt64) throws {
        let (one, _) = Self.table(rows: 200, features: 20, shift: 0, seed: seed)
        #expect(try HiddenBatches(TableRows(one), classes: one.featureNames.map { _ in "all" }).suggestions.isEmpty)
        var (known, scanner) = Self.table(rows: 200, features: 20, shift: 2.5, seed: seed)
        known.batch = scanner.map { "s\($0)" }
        #expect(try HiddenBatches(TableRows(known), classes: known.featureNames.map { _ in "all" }).suggestions.isEmpty)
    }

    @Test("Classes are searched by themselves")
    func classes() throws {
        let (table, _) = Self.table(rows: 200, features: 20, shift: 3, seed: 9)
        let classes = table.featureNames.indices.map { $0 % 2 == 0 ? "shifted" : "same" }
        #expect(try HiddenBatches(TableRows(table), classes: classes).suggestions.map(\.featureClass) == ["shifted"])
    }

    @Test("Values that do not vary, are too few or not finite have no mixture")
    func edges() {
        #expect(GaussianMixture([1, 1, 1, 1, 1, 1], components: 2) == nil)
        #expect(GaussianMixture([1, 2, 3], components: 2) == nil)
        #expect(GaussianMixture([1, 2, .nan, 4, 5, 6], components: 1) == nil)
        // Two heaps of equal values: the variance stops at its floor.
        let heaps = GaussianMixture([0, 0, 0, 0, 1, 1, 1, 1], components: 2)
        #expect(heaps?.components.allSatisfy { $0.variance > 0 && $0.mean.isFinite } == true)
    }
}
