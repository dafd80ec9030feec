import Harmonisation
import Plots
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The charts of a report on harmonisation.
enum ReportCharts {
    /// Batches on the first two principal components: the rows if there are scores, else the ellipse that would hold 95 % of a
    /// batch's rows under a normal law, and its centre.
    static func components(_ found: BatchDiagnostics, rows: (any RowSource)?, title: String) -> Chart {
        let names = found.centroids.map { BatchCombination.shown($0.batch) }
        var marks: [Mark] = []
        var points: [PlotPoint] = []
        func point(_ score: [Double]) -> PlotPoint { PlotPoint(score[0], score.count > 1 ? score[1] : 0) }
        if let rows, let scores = found.scores {
            points = scores.map(point)
            marks = names.enumerated().map { place, name in
                .points(rows.numbers(of: place).map { points[$0] }, .number(place), name: name)
            }
        } else {
            for (place, centroid) in found.centroids.enumerated() {
                let outline = ellipse(centroid)
                points += outline
                marks.append(.line(outline, .number(place), name: names[place]))
                marks.append(.points([point(centroid.mean)], .number(place), name: ""))
            }
        }
        let what = found.scores == nil ? "Centres and 95 % ellipses" : "Scores of the rows"
        return Chart(
            title: title, summary: "\(what) of \(names.count) batches on the first two principal components.",
            x: Axis(label: "first component", holding: points.map(\.x)),
            y: Axis(label: "second component", holding: points.map(\.y)), marks: marks)
    }

    /// The points at which the squared Mahalanobis distance is the 95 % quantile of chi-squared with two degrees of freedom.
    private static func ellipse(_ centroid: BatchDiagnostics.Centroid) -> [PlotPoint] {
        let radius = (-2 * log(0.05)).squareRoot()
        let covariance = centroid.covariance
        // Lower triangle of the Cholesky factor; a component without variance is a line.
        let first = max(0, covariance[0]).squareRoot()
        let slope = covariance.count > 1 && first > 0 ? covariance[1] / first : 0
        let second = covariance.count > 1 ? max(0, covariance[2] - slope * slope).squareRoot() : 0
        let centre = (centroid.mean[0], centroid.mean.count > 1 ? centroid.mean[1] : 0)
        return (0...72).map { step in
            let angle = 2 * Double.pi * Double(step) / 72
            let (u, v) = (radius * cos(angle), radius * sin(angle))
            return PlotPoint(centre.0 + first * u, centre.1 + slope * u + second * v)
        }
    }

    /// Densities of batches from their histograms: of each group of cells its share over its width. The outermost cells, which
    /// have no end, are drawn as wide as the mean of the others.
    static func densities(_ feature: BatchHistograms.Feature, names: [String], title: String) -> Chart {
        let edges = feature.edges
        let (low, high) = (edges.first ?? 0, edges.last ?? 0)
        let step = edges.count > 1 ? (high - low) / Double(edges.count - 1) : 1
        let bounds = [low - step] + edges + [high + step]
        let curves = feature.batches.indices.map { batch in
            let groups = feature.groups(of: batch)
            let total = Double(groups.reduce(0) { $0 + $1.cases })
            return groups.flatMap { group in
                let (from, to) = (bounds[group.cells.lowerBound], bounds[group.cells.upperBound + 1])
                let density = to > from ? Double(group.cases) / total / (to - from) : 0
                return [PlotPoint(from, density), PlotPoint(to, density)]
            }
        }
        return Chart(
            title: title,
            summary: "Densities of \(feature.feature) in \(names.joined(separator: ", ")) from histograms whose groups "
                + "of cells hold a minimum of rows.",
            x: Axis(label: feature.feature, from: bounds[0], to: bounds[bounds.count - 1]),
            y: Axis(label: "density", from: 0, to: max(curves.joined().map(\.y).max() ?? 0, 1e-300) * 1.05),
            marks: curves.enumerated().map { place, curve in .line(curve, .number(place), name: names[place]) })
    }

    /// Gaussian kernel densities of groups of values with Silverman's bandwidth (1986, eq. 3.31 without the quartiles).
    static func densities(_ groups: [(name: String, values: [Double])], label: String, title: String) -> Chart {
        let all = groups.flatMap(\.values)
        let x = Axis(label: label, holding: all)
        let curves = groups.map { density($0.values, over: x) }
        return Chart(
            title: title,
            summary: "Densities of \(label) in \(groups.map(\.name).joined(separator: ", ")), "
                + "with means \(groups.map { PlotNumber.short(mean($0.values)) }.joined(separator: ", ")).",
            x: x, y: Axis(label: "density", from: 0, to: max(curves.joined().map(\.y).max() ?? 0, 1e-300) * 1.05),
            marks: zip(groups, curves).enumerated().map { place, group in
                .line(group.1, .number(place), name: group.0.name)
            })
    }

    /// The empirical law of a batch's locations beside their prior.
    static func locationPrior(_ fit: PriorFit) -> Chart? {
        guard let prior = fit.locationPrior else { return nil }
        return law(fit.locations, label: "location, SD", title: "Locations of batch \(fit.batch)") { x in
            let difference = x - prior.mean
            return exp(-difference * difference / (2 * prior.variance)) / (2 * Double.pi * prior.variance).squareRoot()
        }
    }

    /// The empirical law of a batch's squared scales beside their prior.
    static func scalePrior(_ fit: PriorFit) -> Chart? {
        guard let prior = fit.scalePrior else { return nil }
        let constant = prior.shape * log(prior.rate) - SpecialFunctions.logGamma(prior.shape)
        return law(fit.scales, label: "squared scale", title: "Scales of batch \(fit.batch)") { x in
            x > 0 ? exp(constant - (prior.shape + 1) * log(x) - prior.rate / x) : 0
        }
    }

    private static func law(
        _ values: [Double], label: String, title: String, prior: (Double) -> Double
    ) -> Chart {
        let x = Axis(label: label, holding: values)
        let empirical = density(values, over: x)
        let curve = empirical.map { PlotPoint($0.x, prior($0.x)) }
        let top = (empirical + curve).map(\.y).filter(\.isFinite).max() ?? 1
        return Chart(
            title: title,
            summary: "\(label) of \(values.count) features, mean \(PlotNumber.short(mean(values))), beside the prior.",
            x: x, y: Axis(label: "density", from: 0, to: max(top, 1e-300) * 1.05),
            marks: [.line(empirical, .a, name: "empirical"), .line(curve, .b, name: "prior")])
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    private static func density(_ values: [Double], over axis: Axis) -> [PlotPoint] {
        let n = Double(values.count)
        let centre = mean(values)
        let square = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        let bandwidth = 0.9 * (square / max(n - 1, 1)).squareRoot() * pow(max(n, 1), -0.2)
        return (0...120).map { step in
            let x = axis.lower + (axis.upper - axis.lower) * Double(step) / 120
            guard bandwidth > 0 else { return PlotPoint(x, 0) }
            let sum = values.reduce(0) { sum, value in
                let z = (x - value) / bandwidth
                return sum + exp(-z * z / 2)
            }
            return PlotPoint(x, sum / (n * bandwidth * (2 * Double.pi).squareRoot()))
        }
    }
}
