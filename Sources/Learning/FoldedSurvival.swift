public import Survival

/// Follow-up, features and folds of one site's cases, in the order of risk sets. Never leaves the site.
public struct FoldedSurvival: Sendable, Equatable {
    /// Cases stratum by stratum, latest first; cases of one time in an order of their values, not of the table.
    let table: SurvivalTable
    /// Fold of each case, 1 and up; 0 is in no fold.
    let fold: [Int]
    /// Cases of each stratum.
    let strata: [Range<Int>]
    let design = PathDesign()

    /// Creates a table; without folds no case is held out.
    public init(_ table: SurvivalTable, fold: [Int]? = nil) {
        let n = table.followUp.count
        precondition(fold?.count ?? n == n, "a fold for each case")
        let q = table.names.count
        let own = fold ?? [Int](repeating: 0, count: n)
        let (times, events) = (table.followUp.times, table.followUp.events)
        let order = (0..<n).sorted { a, b in
            if table.stratum[a] != table.stratum[b] { return table.stratum[a] < table.stratum[b] }
            if times[a] != times[b] { return times[a] > times[b] }
            if events[a] != events[b] { return events[a] }
            for column in 0..<q where table.values[a * q + column] != table.values[b * q + column] {
                return table.values[a * q + column] < table.values[b * q + column]
            }
            return own[a] < own[b]
        }
        self.table = table.selecting(order)
        self.fold = order.map { own[$0] }
        var strata: [Range<Int>] = []
        var start = 0
        for row in 0..<n where row + 1 == n || self.table.stratum[row] != self.table.stratum[row + 1] {
            strata.append(start..<row + 1)
            start = row + 1
        }
        self.strata = strata
    }

    /// The given cases.
    public func selecting(_ rows: [Int]) -> FoldedSurvival {
        FoldedSurvival(table.selecting(rows), fold: rows.map { fold[$0] })
    }

    /// Throws unless the features are those named, and everything is finite.
    func require(_ columns: [String]) throws {
        guard table.names == columns else { throw SurvivalError.columnsDiffer }
        guard table.followUp.times.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw SurvivalError.badTime }
        guard let place = table.values.firstIndex(where: { !$0.isFinite }) else { return }
        throw SurvivalError.notFinite(covariate: table.names[place % table.names.count])
    }
}
