/// The one-dimensional kernels of Laws: level, edge, spot, wave and ripple, with unit energy (IBSI 2, "Laws kernels").
enum LawsKernel {
    private static let table: KeyValuePairs<String, [Double]> = [
        "L3": [1, 2, 1], "L5": [1, 4, 6, 4, 1], "E3": [-1, 0, 1], "E5": [-1, -2, 0, 2, 1], "S3": [-1, 2, -1],
        "S5": [-1, 0, 2, 0, -1], "W5": [-1, 2, 0, -2, 1], "R5": [1, -4, 6, -4, 1],
    ]

    static let names = table.map(\.key).joined(separator: ", ")

    /// The kernels of a name such as `E5L5S5`, one an axis.
    static func kernels(_ name: String, axes: Int) throws(FilterError) -> [LineKernel] {
        var kernels: [LineKernel] = []
        var rest = Substring(name)
        while !rest.isEmpty {
            let kernel = String(rest.prefix(2))
            guard let weights = table.first(where: { $0.key == kernel })?.value else { throw .unknownKernel(kernel) }
            let energy = weights.reduce(0) { $0 + $1 * $1 }
            kernels.append(LineKernel(convolution: weights.map { $0 / energy.squareRoot() }))
            rest = rest.dropFirst(2)
        }
        guard kernels.count == axes else { throw .wrongAxisCount(name: name, found: kernels.count, needed: axes) }
        return kernels
    }
}
