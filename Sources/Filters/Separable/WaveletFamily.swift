/// An orthogonal wavelet with finite support.
public enum WaveletFamily: String, Sendable, Codable, CaseIterable {
    /// Haar, which is the first of Daubechies' wavelets.
    case haar
    /// Daubechies' wavelet with two vanishing moments.
    case db2
    /// Daubechies' wavelet with three vanishing moments.
    case db3
    /// The coiflet with two vanishing moments.
    case coif1

    /// The family of a name.
    ///
    /// - Throws: `FilterError.unknownWavelet`.
    public init(named name: String) throws(FilterError) {
        guard let family = WaveletFamily(rawValue: name) else { throw .unknownWavelet(name) }
        self = family
    }

    /// The low-pass decomposition filter (Daubechies, Ten Lectures on Wavelets, 1992, tables 6.1 and 8.1, reversed), with
    /// sum √2.
    private var lowPass: [Double] {
        switch self {
        case .haar: [0.7071067811865476, 0.7071067811865476]
        case .db2:
            [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025]
        case .db3:
            [
                0.03522629188570953, -0.08544127388202666, -0.13501102001025458, 0.45987750211849154,
                0.8068915093110925, 0.33267055295008263,
            ]
        case .coif1:
            [
                -0.015655728135464540, -0.072732619512853897, 0.38486484686420286, 0.85257202021225542,
                0.33789766245780922, -0.072732619512853897,
            ]
        }
    }

    /// The kernel of a letter of a sub-band: L or H.
    func kernel(_ letter: Character) -> LineKernel? {
        switch letter {
        case "L": LineKernel(convolution: lowPass)
        case "H":
            // The quadrature mirror filter.
            LineKernel(convolution: lowPass.reversed().enumerated().map { $0 % 2 == 0 ? -$1 : $1 })
        default: nil
        }
    }

    /// The filter of a sub-band: low passes up to the level before, then the letters (à trous: Holschneider et al. 1990).
    func filter(subband: String, level: Int, axes: Int) throws(FilterError) -> SeparableFilter {
        guard (1...Limits.waveletLevel).contains(level) else {
            throw .invalidParameter(name: "level", remedy: "use a number from 1 to \(Limits.waveletLevel)")
        }
        var kernels: [SeparableFilter.AxisKernels] = []
        for letter in subband {
            guard let low = kernel("L"), let final = kernel(letter) else {
                throw .invalidParameter(name: "subband", remedy: "use the letters L and H, as LLH")
            }
            kernels.append((1..<level).map { low.dilated(1 << ($0 - 1)) } + [final.dilated(1 << (level - 1))])
        }
        guard kernels.count == axes else { throw .wrongAxisCount(name: subband, found: kernels.count, needed: axes) }
        return SeparableFilter(axes: kernels)
    }
}
