import LinearAlgebra
import TestKit
import Testing

@Suite("Factorisations")
struct FactorisationTests {
    /// A seeded matrix with elements between -1 and 1.
    static func matrix(rows: Int, columns: Int, seed: UInt64 = 7) -> Matrix {
        var state = seed
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11) * 0x1p-53 * 2 - 1
            })
    }

    static func product(_ matrix: SymmetricMatrix, _ vector: [Double]) -> [Double] {
        (0..<matrix.order).map { row in (0..<matrix.order).reduce(0) { $0 + matrix[row, $1] * vector[$1] } }
    }

    @Test("Cholesky solves what it factored, and its inverse is the inverse", arguments: [1, 2, 5, 40])
    func cholesky(order: Int) throws {
        let gram = Self.matrix(rows: 2 * order + 3, columns: order).gram
        let factor = try Cholesky(gram)
        let b = (0..<order).map { Double($0 % 3) - 0.5 }
        #expect(Tolerance.agrees(Self.product(gram, factor.solve(b)), b, 1e-11))
        let inverse = factor.inverse
        for column in 0..<order {
            let unit = (0..<order).map { $0 == column ? 1.0 : 0 }
            #expect(Tolerance.agrees(Self.product(gram, (0..<order).map { inverse[$0, column] }), unit, 1e-11))
            #expect(factor.inverseDiagonal[column] == inverse[column, column])
        }
        #expect(factor.smallestPivotRatio > 0 && factor.smallestPivotRatio <= 1)
    }

    /// The 3 x 3 example has the factor (2, 6 1, -8 5 3): pivots 4, 1, 9 on the diagonal 4, 37, 98.
    @Test("A known factor gives its determinant's pivots and solution exactly")
    func knownFactor() throws {
        let factor = try Cholesky(SymmetricMatrix(order: 3, upper: [4, 12, -16, 37, -43, 98]))
        #expect(factor.smallestPivotRatio == 1 / 37.0)
        #expect(factor.solve([4, 12, -16]) == [1, 0, 0])
    }

    @Test("A dependent column is named together with the columns that it follows from")
    func dependence() {
        var design = Self.matrix(rows: 20, columns: 5)
        for row in 0..<20 { design[row, 3] = 2 * design[row, 0] - design[row, 2] }
        let expected = LinearAlgebraError.dependent(column: 3, on: [0, 2])
        #expect(throws: expected) { try Cholesky(design.gram) }
        #expect(throws: expected) { try LeastSquares(design: design, response: [Double](repeating: 1, count: 20)) }
        for row in 0..<20 { design[row, 1] = 0 }
        #expect(throws: LinearAlgebraError.dependent(column: 1, on: [])) { try Cholesky(design.gram) }
    }

    @Test("An indefinite matrix and one with NaN have no factor")
    func indefinite() {
        #expect(throws: LinearAlgebraError.self) { try Cholesky(SymmetricMatrix(order: 2, upper: [1, 2, 1])) }
        #expect(throws: LinearAlgebraError.self) { try Cholesky(SymmetricMatrix(order: 2, upper: [1, 0, .nan])) }
    }

    @Test("Eigenvectors are orthonormal, rebuild the matrix and have a fixed sign", arguments: [1, 3, 30])
    func eigen(order: Int) throws {
        let gram = Self.matrix(rows: order + 5, columns: order).gram
        let eigen = try SymmetricEigen(gram)
        #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 <= $1 })
        for k in 0..<order {
            let vector = (0..<order).map { eigen.vectors[k, $0] }
            let image = Self.product(gram, vector)
            #expect(Tolerance.agrees(image, vector.map { $0 * eigen.values[k] }, 1e-11))
            #expect((vector.reduce(0) { $0 + $1 * $1 } - 1).magnitude < 1e-12)
            #expect((vector.max { $0.magnitude < $1.magnitude } ?? 0) > 0)
        }
        #expect(Tolerance.agrees(eigen.values.reduce(0, +), (0..<order).reduce(0) { $0 + gram[$1, $1] }, 1e-11))
        #expect(throws: LinearAlgebraError.noConvergence) {
            try SymmetricEigen(SymmetricMatrix(order: 1, upper: [.nan]))
        }
    }

    @Test("Least squares recovers coefficients; residuals are orthogonal to the design")
    func leastSquares() throws {
        let design = Self.matrix(rows: 25, columns: 4)
        let exact = try LeastSquares(design: design, response: design.times([1, -2, 0.5, 3]))
        #expect(Tolerance.agrees(exact.coefficients, [1, -2, 0.5, 3], 1e-13))
        #expect(exact.residualSumOfSquares < 1e-25)
        let response = Self.matrix(rows: 25, columns: 1, seed: 99).elements
        let fit = try LeastSquares(design: design, response: response)
        let residuals = zip(response, design.times(fit.coefficients)).map { $0 - $1 }
        #expect(Tolerance.agrees(residuals.reduce(0) { $0 + $1 * $1 }, fit.residualSumOfSquares, 1e-13))
        for column in 0..<4 {
            #expect((0..<25).reduce(0) { $0 + residuals[$1] * design[$1, column] }.magnitude < 1e-13)
        }
    }

    @Test("Least squares keeps eight digits on Hilbert's matrix of order 6")
    func illConditioned() throws {
        // Hilbert's matrix of order 6, condition 1.5e7.
        let n = 6
        let design = Matrix(
            rows: n, columns: n, elements: (0..<n * n).map { 1 / Double($0 / n + $0 % n + 1) })
        let ones = [Double](repeating: 1, count: n)
        let response = design.times(ones)
        let fit = try LeastSquares(design: design, response: response, tolerance: 1e-14)
        #expect(Tolerance.agrees(fit.coefficients, ones, 1e-8))
    }
}
