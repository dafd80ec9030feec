/// Bounds of a concordance of which only the counts in cells of time and score are known.
///
/// Over all orders within a cell: a pair of two intervals of time is compared and, in two bins, of known order; one of two bins
/// within an interval may be compared or not, if neither is censored in either order; else anything may be. A pair weighs what
/// its earlier event does, and weights do not fall with time: of two events of an interval that is at most their mean.
struct ConcordanceBounds {
    /// Sums of the weights of pairs, at least and at most.
    private struct Weight {
        var least = 0.0
        var most = 0.0

        mutating func add(_ event: Weight, _ others: Double) {
            least += event.least * others
            most += event.most * others
        }
    }

    /// The concordance is at least the first and at most the second.
    let interval: ClosedRange<Double>

    /// - Parameters:
    ///   - events: events of each cell, one row an interval of time, one column a bin.
    ///   - censored: cases without the event.
    ///   - weights: sums of the weights of the events of each cell.
    init(events: [Double], censored: [Double], weights: EventWeights, bins: Int) {
        // Pairs that are concordant and discordant for certain, those that are compared in unknown order, those that may be
        // concordant or not compared, or discordant or not compared, and those that may be anything.
        var certain = (concordant: Weight(), discordant: Weight())
        var compared = Weight()
        var perhaps = (concordant: Weight(), discordant: Weight())
        var open = 0.0
        var later = [Double](repeating: 0, count: bins)
        for start in stride(from: events.count - bins, through: 0, by: -bins) {
            let row = start..<start + bins
            let allLater = later.reduce(0, +)
            let allEvents = events[row].reduce(0, +)
            let allCensored = censored[row].reduce(0, +)
            let allMost = weights.most[row].reduce(0, +)
            var below = (later: 0.0, events: 0.0, censored: 0.0, most: 0.0)
            for bin in 0..<bins {
                let (event, leaving) = (events[start + bin], censored[start + bin])
                let weight = Weight(least: weights.least[start + bin], most: weights.most[start + bin])
                certain.concordant.add(weight, below.later)
                certain.discordant.add(weight, allLater - below.later - later[bin])
                compared.add(weight, later[bin])
                perhaps.concordant.add(weight, below.censored)
                perhaps.discordant.add(weight, allCensored - below.censored - leaving)
                let above = (
                    events: allEvents - below.events - event, most: max(0, allMost - below.most - weight.most)
                )
                open += weight.most * leaving + weight.most * (event - 1) / 2
                open += (weight.most * above.events + event * above.most) / 2
                below.later += later[bin]
                below.events += event
                below.censored += leaving
                below.most += weight.most
            }
            for bin in 0..<bins { later[bin] += events[start + bin] + censored[start + bin] }
        }
        let (concordant, discordant) = (certain.concordant, certain.discordant)
        let against = discordant.most + compared.most + open + perhaps.discordant.most
        let infavour = concordant.most + compared.most + open + perhaps.concordant.most
        let lower = concordant.least > 0 ? concordant.least / (concordant.least + against) : 0
        let upper = infavour > 0 ? infavour / (infavour + discordant.least) : 1
        interval = lower...max(lower, upper)
    }
}
