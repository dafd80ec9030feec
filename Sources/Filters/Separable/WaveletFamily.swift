/// A discrete wavelet with finite support, by PyWavelets' name.
public enum WaveletFamily: String, Sendable, Codable, CaseIterable {
    /// Haar, which is the first of Daubechies' wavelets.
    case haar
    /// Daubechies' wavelets, by the number of vanishing moments.
    case db2, db3, db4, db5, db6, db7, db8, db9, db10, db11, db12, db13, db14, db15, db16, db17, db18, db19, db20
    /// Symlets: the least asymmetric of Daubechies' wavelets.
    case sym2, sym3, sym4, sym5, sym6, sym7, sym8, sym9, sym10, sym11, sym12, sym13, sym14, sym15, sym16, sym17, sym18,
        sym19, sym20
    /// Coiflets.
    case coif1, coif2, coif3, coif4, coif5, coif6, coif7, coif8, coif9, coif10, coif11, coif12, coif13, coif14, coif15,
        coif16, coif17
    /// Biorthogonal wavelets (Cohen, Daubechies and Feauveau), by the moments of reconstruction and decomposition.
    case bior1_1 = "bior1.1"
    case bior1_3 = "bior1.3"
    case bior1_5 = "bior1.5"
    case bior2_2 = "bior2.2"
    case bior2_4 = "bior2.4"
    case bior2_6 = "bior2.6"
    case bior2_8 = "bior2.8"
    case bior3_1 = "bior3.1"
    case bior3_3 = "bior3.3"
    case bior3_5 = "bior3.5"
    case bior3_7 = "bior3.7"
    case bior3_9 = "bior3.9"
    case bior4_4 = "bior4.4"
    case bior5_5 = "bior5.5"
    case bior6_8 = "bior6.8"
    /// The same with reconstruction and decomposition exchanged.
    case rbio1_1 = "rbio1.1"
    case rbio1_3 = "rbio1.3"
    case rbio1_5 = "rbio1.5"
    case rbio2_2 = "rbio2.2"
    case rbio2_4 = "rbio2.4"
    case rbio2_6 = "rbio2.6"
    case rbio2_8 = "rbio2.8"
    case rbio3_1 = "rbio3.1"
    case rbio3_3 = "rbio3.3"
    case rbio3_5 = "rbio3.5"
    case rbio3_7 = "rbio3.7"
    case rbio3_9 = "rbio3.9"
    case rbio4_4 = "rbio4.4"
    case rbio5_5 = "rbio5.5"
    case rbio6_8 = "rbio6.8"
    /// The discrete approximation of Meyer's wavelet.
    case dmey

    /// The family of a name.
    ///
    /// - Throws: `FilterError.unknownWavelet`.
    public init(named name: String) throws(FilterError) {
        guard let family = WaveletFamily(rawValue: name == "db1" ? "haar" : name) else { throw .unknownWavelet(name) }
        self = family
    }

    private static let kernels: [WaveletFamily: (low: LineKernel, high: LineKernel)] = {
        let pairs = WaveletTable.text.split(separator: "\n").compactMap {
            line -> (WaveletFamily, (LineKernel, LineKernel))? in
            let words = line.split(separator: " ")
            let sides = words.dropFirst().split(separator: ";").map { $0.compactMap { Double($0) } }
            guard let family = words.first.flatMap({ WaveletFamily(rawValue: String($0)) }), let low = sides.first
            else {
                return nil
            }
            // Of an orthogonal wavelet the quadrature mirror filter.
            let high = sides.count == 2 ? sides[1] : low.reversed().enumerated().map { $0 % 2 == 0 ? -$1 : $1 }
            return (family, (LineKernel(convolution: low), LineKernel(convolution: high)))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    /// The kernel of a letter of a sub-band: L or H.
    func kernel(_ letter: Character) -> LineKernel? {
        switch letter {
        case "L": Self.kernels[self]?.low
        case "H": Self.kernels[self]?.high
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
