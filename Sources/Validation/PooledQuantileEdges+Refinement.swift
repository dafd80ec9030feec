extension PooledQuantileEdges.Result {
    /// These bins divided by finer ones: every edge stays, and a finer one comes in where both parts of its bin hold enough cases, so that
    /// counts on the two grids differ by no fewer.
    ///
    /// - Parameters:
    ///   - finer: edges of the same numbers.
    ///   - minimumPerBin: fewest pooled cases of a part.
    public func divided(by finer: Self, minimumPerBin: Int) -> Self {
        var (keys, casesPerBin, ties): ([Int32], [Int], [Int]) = ([], [], [])
        var place = 0
        var (finerUpTo, upTo, start) = (0, 0, 0)
        /// Numbers up to which a finer bin that is one float begins.
        var finerStart = 0
        func isTie(_ result: Self, _ bin: Int) -> Bool { result.ties?.contains(bin) ?? false }
        for bin in self.casesPerBin.indices {
            let upper = bin < self.keys.count ? self.keys[bin] : Int32.max
            let end = upTo + self.casesPerBin[bin]
            while place < finer.keys.count, finer.keys[place] < upper {
                finerStart = finerUpTo
                finerUpTo += finer.casesPerBin[place]
                if finerUpTo - start >= minimumPerBin, end - finerUpTo >= minimumPerBin {
                    if isTie(finer, place), finerStart == start { ties.append(keys.count) }
                    keys.append(finer.keys[place])
                    casesPerBin.append(finerUpTo - start)
                    start = finerUpTo
                }
                place += 1
            }
            // The last part of the bin is one float if the bin is, or if the finer bin with its end is one and begins with it.
            let isEnd = place < finer.casesPerBin.count && (place == finer.keys.count || finer.keys[place] == upper)
            if isTie(self, bin) && start == upTo || isEnd && isTie(finer, place) && finerUpTo == start {
                ties.append(keys.count)
            }
            if bin < self.keys.count { keys.append(upper) }
            casesPerBin.append(end - start)
            (upTo, start) = (end, end)
        }
        return Self(
            cases: cases, keys: keys, casesPerBin: casesPerBin, ties: ties,
            topKey: ties.last == keys.count ? topKey ?? finer.topKey : nil)
    }
}
