import Agreement
import Statistics
import TestKit
import Testing

@Suite("Cohen's kappa")
struct CohenKappaTests {
    @Test(
        "readers of ten sites and their pooled table agree with irr and vcd; a site with one category has no kappa",
        .enabled(if: SharedData.available(SharedFixtures.readers), "the shared reader fixture is not here"))
    func sites() throws {
        let expected = try JSONFixture.shared(SharedFixtures.readers)["expected"]["r1_vs_func3"]
        var notEstimable = 0
        var pooledTable = [0, 0, 0, 0]
        for name in expected["per_site"].keys {
            let site = expected["per_site"][name]
            let table = site["table"].list.flatMap(\.integers)
            pooledTable = zip(pooledTable, table).map { $0 + $1 }
            let kappa = CohenKappa.estimate(table: table)
            #expect(Tolerance.agrees(kappa.number, site["kappa"].optionalNumber, 1e-10))
            if case .value(let value) = kappa {
                #expect(Tolerance.agrees(value.standardError, site["ase"].optionalNumber, 1e-8))
            } else {
                #expect(kappa == .notEstimable("one category only was used"))
                notEstimable += 1
            }
        }
        #expect(notEstimable == 1)
        #expect(pooledTable == expected["pooled"]["table"].list.flatMap(\.integers))
        let pooled = CohenKappa.estimate(table: pooledTable)
        #expect(Tolerance.agrees(pooled.number, expected["pooled"]["kappa"].number, 1e-10))
        #expect(Tolerance.agrees(pooled.number, 0.776, 5e-4))
    }

    @Test("perfect agreement is 1, agreement by chance 0, and there is none with one category or no case")
    func limits() {
        #expect(CohenKappa.estimate(table: [10, 0, 0, 10]).number == 1)
        #expect(CohenKappa.estimate(table: [25, 25, 25, 25]).number == 0)
        #expect(CohenKappa.estimate(table: [38, 0, 0, 0]) == .notEstimable("one category only was used"))
        #expect(CohenKappa.estimate(table: [0, 0, 0, 0]).status == "not_estimable")
    }
}
