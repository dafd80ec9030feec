import LinearAlgebra

/// Weighted least squares effects of one factor beside those before it, as a linear function of one value for each
/// combination of levels.
///
/// The effects of a factor are identified by orthogonality, weighted by rows: to the constant, and to the levels of the
/// factors that it is nested in. So they sum to zero over all rows, or over the rows of each level of the coarser factor.
/// With a reference they are differences to the effect of its level.
struct FactorStep {
    /// Effects from values: levels x combinations.
    let operation: Matrix
    /// Variance of each level's effect where a value of weight 1 has variance 1; 0 for a level without weight.
    let variances: [Double]

    /// Prepares a factor.
    ///
    /// - Parameter weights: weight of each combination's value; levels without weight get the effect 0, that of the mean.
    /// - Throws: `HarmonisationError.factorsConfounded`.
    init(_ design: FactorDesign, factor: Int, weights: [Double]) throws {
        let cells = design.combinations
        let width = design.factors[factor].levels.count
        let functions = Self.functions(design, factor: factor, weights: weights)
        let before = design.basis(of: factor, weights: weights)
        let confounded = HarmonisationError.factorsConfounded(
            factor: design.factors[factor].name, with: design.factors[..<factor].map(\.name))
        guard !functions.isEmpty else {
            operation = Matrix(
                rows: width, columns: cells.count, elements: [Double](repeating: 0, count: width * cells.count))
            variances = [Double](repeating: 0, count: width)
            return
        }
        let columns = functions.map { function in before.residual(cells.map { function[$0[factor]] }) }
        var upper: [Double] = []
        for (place, column) in columns.enumerated() {
            let whole = cells.map { functions[place][$0[factor]] }
            guard before.product(column, column) > 1e-10 * before.product(whole, whole) else { throw confounded }
            for other in columns[place...] { upper.append(before.product(column, other)) }
        }
        let factored: Cholesky
        do {
            factored = try Cholesky(SymmetricMatrix(order: columns.count, upper: upper), tolerance: 1e-10)
        } catch {
            throw confounded
        }
        var operation = Matrix(
            rows: width, columns: cells.count, elements: [Double](repeating: 0, count: width * cells.count))
        for cell in cells.indices where weights[cell] > 0 {
            let solution = factored.solve(columns.map { $0[cell] * weights[cell] })
            for (share, function) in zip(solution, functions) {
                for level in 0..<width { operation[level, cell] += share * function[level] }
            }
        }
        var rows = (0..<width).map { level in functions.map { $0[level] } }
        if let (reference, levels) = design.referred(factor) {
            let (start, effects) = (rows[reference], cells.indices.map { operation[reference, $0] })
            for level in levels {
                for cell in cells.indices { operation[level, cell] -= effects[cell] }
                rows[level] = zip(rows[level], start).map { $0 - $1 }
            }
        }
        self.operation = operation
        variances = rows.map { row in zip(row, factored.solve(row)).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// Orthonormal functions of the levels, weighted by rows, that are orthogonal to the constant and the factors that this
    /// one is nested in.
    private static func functions(_ design: FactorDesign, factor: Int, weights: [Double]) -> [[Double]] {
        let levels = design.factors[factor].levels.indices
        var weight = [Double](repeating: 0, count: levels.count)
        for (cell, own) in design.combinations.enumerated() { weight[own[factor]] += weights[cell] }
        let rows = zip(design.rows(of: factor), weight).map { $1 > 0 ? $0 : 0 }
        var basis = WeightedBasis(weights: rows)
        basis.add([Double](repeating: 1, count: levels.count))
        for ancestor in design.ancestors[factor] {
            for level in design.factors[ancestor].levels.indices {
                var column = [Double](repeating: 0, count: levels.count)
                for own in design.combinations where own[ancestor] == level { column[own[factor]] = 1 }
                basis.add(column)
            }
        }
        return levels.compactMap { level in
            guard rows[level] > 0 else { return nil }
            let unit = levels.map { $0 == level ? 1.0 : 0 }
            guard let function = basis.add(unit) else { return nil }
            // The constant and the ancestors' columns are not 0 at levels without weight.
            return levels.map { rows[$0] > 0 ? function[$0] : 0 }
        }
    }
}
