/// A kernel along one axis: the response at i is the sum of weight times sample at i + offset.
struct LineKernel: Hashable, Sendable {
    /// Ascending.
    let offsets: [Int]
    let weights: [Float]

    private init(_ taps: [(offset: Int, weight: Float)]) {
        let taps = taps.filter { $0.weight != 0 }.sorted { $0.offset < $1.offset }
        offsets = taps.map(\.offset)
        weights = taps.map(\.weight)
    }

    /// The convolution with a kernel, whose centre is element `count / 2`.
    ///
    /// This makes the centre of a kernel of even length the right one of the middle two, which is the same as a 0 appended
    /// to the kernel (IBSI 2, "Separable wavelets").
    init(convolution kernel: [Double]) {
        self.init(kernel.enumerated().map { (kernel.count / 2 - $0, Float($1)) })
    }

    /// The sum of an odd number of samples.
    static func sum(support: Int) -> LineKernel {
        LineKernel(convolution: [Double](repeating: 1, count: support))
    }

    /// The kernel mirrored at its centre.
    var flipped: LineKernel { LineKernel(zip(offsets, weights).map { (-$0, $1) }) }

    /// The kernel with `factor - 1` zeros between its elements (à trous).
    func dilated(_ factor: Int) -> LineKernel { LineKernel(zip(offsets, weights).map { (factor * $0, $1) }) }

    func scaled(_ factor: Double) -> LineKernel {
        LineKernel(zip(offsets, weights).map { ($0, Float(Double($1) * factor)) })
    }

    /// Samples needed before the first and after the last one.
    var reach: (before: Int, after: Int) { (max(0, -(offsets.first ?? 0)), max(0, offsets.last ?? 0)) }
}
