"""Words of the field in several languages, as regular expressions in small letters: tables, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

LAYERS: Mapping[str, str] = {
    "conv-transpose": (
        r"transposed? conv|deconv|fractionally.strided|转置卷积|反卷积|転置畳み込み|逆畳み込み|"
        r"전치 ?합성곱|transponierte faltung|convolution transpos|convoluci[oó]n transpuesta|"
        r"транспонированн\w* св[её]рт"
    ),
    "max-pool": (
        r"max(?:imum)?[ -]?pool|maxpool|最大(?:值)?池化|最大プーリング|最大値プーリング|맥스 ?풀링|최대 ?풀링|"
        r"maximum-pooling|pooling maximal|pooling m[aá]ximo|agrupamiento m[aá]ximo|макс\w*[- ]?пул|"
        r"تجميع الأقصى"
    ),
    "avg-pool": (
        r"(?:average|avg|mean)[ -]?pool|averagepool|平均(?:值)?池化|均值池化|平均プーリング|평균 ?풀링|"
        r"애버리지 ?풀링|mittelwert-?pool|durchschnitts-?pool|pooling moyen|pooling (?:promedio|m[eé]dio)|"
        r"средн\w*[- ]?пул|усредняющ\w* пул"
    ),
    "pool": r"pooling|\bpool\b|池化|プーリング|풀링|субдискретиз|подвыборк|пулинг",
    "conv": (
        r"convol|\bconv\b|\bcnns?\b|cross-?correlat|卷积|畳み込み|合成積|합성곱|컨볼루션|콘볼루션|faltung|"
        r"convoluc|св[её]рт|الالتفاف"
    ),
    "dense": (
        r"fully[ -]connected|\bfc\b|\bdense\b|linear layer|affine layer|multi-?layer perceptron|\bmlp\b|"
        r"全连接|全連結|全連接|全結合|稠密层|線形層|완전 ?연결|전결합|밀집 ?층|선형 ?계층|vollverbunden|"
        r"vollst[aä]ndig verbunden|enti[eè]rement connect|couche dense|capa densa|camada densa|"
        r"(?:total|complet)amente cone[ck]t|полносвязн"
    ),
    "bce": (
        r"binary cross|logistic loss|二元交叉熵|二分类交叉熵|이진 ?교차|bin[aä]re kreuz|"
        r"entropie crois[eé]e binaire"
    ),
    "cross-entropy": (
        r"cross[ -]?entropy|negative log.likelihood|交叉熵|交差エントロピー|クロスエントロピー|교차 ?엔트로피|"
        r"크로스 ?엔트로피|kreuzentropie|entropie crois|entrop[ií]a cruzada|перекр[её]стн\w* энтроп|"
        r"кросс-?энтроп"
    ),
    "mse": (
        r"mean squared|squared error|quadratic (?:cost|loss)|均方误差|平方误差|平均二乗|二乗誤差|평균 ?제곱|"
        r"제곱 ?오차|quadratische[rn]? fehler|erreur quadratique|error cuadr[aá]tico|erro quadr[aá]tico|"
        r"среднеквадратич|\bmse\b"
    ),
    "softmax": r"soft-?max|ソフトマックス|소프트맥스|софтмакс",
    "sigmoid": r"sigmoid|logistic function|シグモイド|시그모이드|сигмоид",
    "tanh": r"\btanh\b|hyperbolic tangent|双曲正切|双曲線正接",
    "relu": r"\brelu\b|rectified|렐루",
    "flatten": r"flatten|展平|平坦化|평탄화",
    "batch-norm": r"batch[ -]?norm|批(?:量)?(?:标准化|归一化)|バッチ正規化|배치 ?정규화",
    "layer-norm": r"layer[ -]?norm|层(?:标准化|归一化)|層正規化|레이어 ?정규화",
}
"""Layers; where two begin at the same place, the first of the table counts."""
ROLES: Mapping[str, str] = {
    "X": (
        r"inputs?|image|输入|入力|입력|eingabe\w*|eingang\w*|entr[eé]es?|entradas?|вход\w*|изображен\w*|"
        r"المدخل\w*|إدخال|输入矩阵|数据矩阵|图像|画像|이미지|bild"
    ),
    "F": (
        r"filters?|kernels?|weights?|mask|卷积核|滤波器|权重|核|フィルタ\w*|カーネル|필터|커널|가중치|kern\w*|"
        r"noyau\w*|filtres?|filtros?|n[uú]cleo|ядр\w*|фильтр\w*|فلتر|مرشح"
    ),
    "O": (
        r"outputs?|results?|输出|结果|出力|출력|ausgabe\w*|ausgang\w*|sorties?|salidas?|sa[ií]das?|выход\w*|"
        r"результат\w*|المخرج\w*|ناتج|feature maps?|特征图|특징 ?맵"
    ),
    "window": (
        r"pool\w*|windows?|regions?|池化|窗口|窗|プーリング|窓|풀링|윈도우|fenster|fen[eê]tres?|ventanas?|"
        r"janelas?|окн\w*|пулинг\w*"
    ),
}
"""What has a size."""
QUANTITIES: Mapping[str, str] = {
    "stride": (
        r"strides?|step size|步长|步幅|步距|跨度|ストライド|스트라이드|보폭|schrittweite|schritt|paso|passo|"
        r"pas de|шаг\w*|الخطوة|خطوة"
    ),
    "padding": (
        r"padding|zero-padding|填充|补零|パディング|패딩|auff[uü]llung|remplissage|bourrage|relleno|"
        r"preenchimento|дополнени\w*|отступ\w*|паддинг\w*|الحشو"
    ),
    "dilation": (
        r"dilations?|dilatation|dilataci[oó]n|膨胀率|膨胀|空洞率|扩张率|拡張率|팽창|확장|дилатац\w*|"
        r"dilata[cç][aã]o"
    ),
}
"""What has a number."""
LINKS = (
    r"\\in\b|∈|[\^=:：(（~]|(?:of|has|have|is|are|be|being|its|an?|the|sizes?|shapes?|dimensions?|dim|"
    r"hat|ist|sei|habe|von|der|die|das|eine[rn]?|gr[oö]ße|grösse|form|de|du|la|le|les|est|soit|une?|taille|forme|"
    r"es|sea|tiene|el|una|tama[nñ]o|dimensi[oó]n(?:es)?|é|tem|seja|as|os?|tamanho|dimens(?:ão|ões)|"
    r"è|ha|di|sia|dimensione|размер\w*|имеет|формы|حجم\w*|بحجم)(?!\w)|—|–|"
    r"的|大小|尺寸|维度|维数|形状|为|是|の|サイズ|大きさ|次元|は|が|의|크기|차원|은|는|이|가"
)
"""What may stand between a name and the size that it has."""
ARTICLES = "[aeouyAI]"
"""Words of one letter in several languages: no letters of arrays where formulas are marked."""
NUMBERS: Mapping[str, int] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "一": 1, "二": 2, "两": 2, "三": 3, "eins": 1, "zwei": 2,
    "drei": 3, "deux": 2, "trois": 3, "dos": 2, "tres": 3,
}  # fmt: skip
UNPADDED = (
    r"(?:no|without|sans|sin|sem|ohne|keine|无|不(?:使用|进行)?|без)[ -]?(?:zero[ -]?)?(?:any )?"
    r"(?:padding|填充|auff[uü]llung|relleno|remplissage|дополнени)|패딩 ?없이|パディングなし|\bvalid\b"
)
"""That there is no padding."""
