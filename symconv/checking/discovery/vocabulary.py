"""Words of the field in several languages, as regular expressions in small letters: tables, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

LAYERS: Mapping[str, str] = {
    "conv-transpose": (
        r"transposed? conv|deconv|fractionally.strided|转置卷积|反卷积|転置畳み込み|逆畳み込み|"
        r"전치 ?합성곱|transponierte faltung|convolution transpos|convoluci[oó]n transpuesta|"
        r"транспонированн\w* св[её]рт|convoluç\w+ transposta|convoluzione trasposta|convolution transposée|"
        r"transponovan\w* splot|splot\w* transponowan|transpoze evri[sş]im|convtranspose"
    ),
    "max-pool": (
        r"max(?:imum|imal)?[ -]?pool|maxpool|最大(?:值)?池化|最大プーリング|最大値プーリング|맥스 ?풀링|최대 ?풀링|"
        r"maximum-pooling|pooling maximal|pooling m[aá]ximo|agrupamiento m[aá]ximo|макс\w*[- ]?пул|"
        r"تجميع الأقصى|maksimum havuzlama|pooling(?:u)? maksymaln|massimo pooling"
    ),
    "avg-pool": (
        r"(?:average|avg|mean)[ -]?pool|averagepool|平均(?:值)?池化|均值池化|平均プーリング|평균 ?풀링|"
        r"애버리지 ?풀링|mittelwert-?pool|durchschnitts-?pool|pooling moyen|pooling (?:promedio|m[eé]dio)|"
        r"средн\w*[- ]?пул|усредняющ\w* пул|ortalama havuzlama|pooling(?:u)? [sś]redni|pooling medio|"
        r"التجميع المتوسط|global (?:average|avg) pool"
    ),
    "pool": r"pooling|\bpool\b|池化|プーリング|풀링|субдискретиз|подвыборк|пулинг",
    "conv": (
        r"convol|\bconv\b|\bcnns?\b|cross-?correlat|卷积|畳み込み|合成積|합성곱|컨볼루션|콘볼루션|faltung|"
        r"convoluc|св[её]рт|الالتفاف|evri[sş]im|\bsplot|کانولوشن|پیچش|همگشت"
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
POOLED: Mapping[str, str] = {
    "max-pool": r"\bm[aá]x|最大|макс|최대|أقصى|أكبر",
    "avg-pool": (
        r"averag|\bmean|mittelwert|durchschnitt|gemittelt|moyen|promedi|m[eé]dia\b|средн|平均|均值|평균|متوسط|"
        r"ortalama|[sś]redni"
    ),
}
"""Words that say which kind a pool is, where that another one is meant is known."""
ROLES: Mapping[str, str] = {
    "X": (
        r"(?<!net )(?<!net-)(?<!weighted )(?<!total )(?<!activation )inputs?|image|(?<!净)(?<!加权)输入|"
        r"(?<!総)入力|입력|eingabe\w*|eingang\w*|entr[eé]es?(?! nette)|entradas?(?! net[ao]| ponderada| l[ií]quida)|"
        r"вход\w*|изображен\w*|المدخل\w*|إدخال|输入矩阵|数据矩阵|图像|画像|이미지|bild\w*|imagen?|imagem|immagin[ei]|ingress[oi]|girdi\w*|"
        r"giri[sş]\w*|ورودی|تصویر|wej[sś]ci\w*|obraz\w*|signal"
    ),
    "F": (
        r"filters?|kernels?|weights?|mask|卷积核|滤波器|权重|核|フィルタ\w*|カーネル|필터|커널|가중치|kern\w*|"
        r"noyau\w*|filtres?|filtr[oi]s?|n[uú]cleo|ядр\w*|фильтр\w*|فلتر|مرشح\w*|فیلتر|هسته|کرنل|çekirde\w*|filtre\w*|j[aą]dr\w*|filtr\w*"
    ),
    "O": (
        r"(?:net|weighted|total|pre-?activation)[ -]inputs?|pre-?activations?|净输入|加权输入|総入力|netto-?eingabe\w*|"
        r"entrée nette|entrada (?:net[ao]|ponderada|l[ií]quida)|outputs?|results?|"
        r"输出|结果|出力|출력|ausgabe\w*|ausgang\w*|sorties?|salidas?|sa[ií]das?|выход\w*|"
        r"результат\w*|المخرج\w*|مخرج\w*|ناتج|خروجی|feature maps?|特征图|특징 ?맵|uscit[ae]|çıktı\w*|wyj[sś]ci\w*"
    ),
    "window": (
        r"pool\w*|windows?|regions?|池化|窗口|窗|プーリング|窓|풀링|윈도우|fenster|fen[eê]tres?|ventanas?|"
        r"janelas?|finestr[ae]|окн\w*|пулинг\w*|pencere\w*|okn\w*"
    ),
}
"""What has a size."""
QUANTITIES: Mapping[str, str] = {
    "stride": (
        r"strides?(?!d)|step size|步长|步幅|步距|跨度|ストライド|스트라이드|보폭|schrittweite|schritt|paso|passo|"
        r"pas (?:de|est|égal)|pas d'|шаг\w*|خطوة|گام|ad[ıi]m\w*|krok\w*|(?-i:[sS])(?= *=)"
    ),
    "padding": (
        r"padding|padded (?:with|by)|zero-padding|pads?(?= *[=:]? *[0-9])|"
        r"填充|补零|パディング|패딩|auff[uü]llung|remplissage|bourrage|relleno|"
        r"preenchimento|riempimento|дополнени\w*|отступ\w*|паддинг\w*|الحشو|حاشیه|dolgu\w*|"
        r"dope[lł]nieni\w*|(?-i:[pP])(?= *=)"
    ),
    "dilation": (
        r"dilations?(?: (?:rate|factor))?|(?<!learning )rate(?= (?:of )?[0-9])|atrous rate|"
        r"dilatation|dilataci[oó]n|膨胀率|膨胀|空洞率|扩张率|拡張率|팽창|확장|дилатац\w*|"
        r"dilata[cç][aã]o|dilatazione|dylatacj\w*|geni[sş]leme|(?-i:[d])(?= *=)"
    ),
    "groups": r"groups|группы?",
}
"""What has a number."""
LINKS = (
    r"\\in\b|∈|[\^=:：(（~]|(?:of|has|have|is|are|be|being|its|an?|the|sizes?|shapes?|dimensions?|dim|"
    r"hat|ist|sei|habe|von|der|die|das|eine[rn]?|gr[oö]ße|grösse|form|de|du|la|le|les|est|soit|une?|taille|forme|"
    r"es|sea|tiene|el|una|tama[nñ]o|dimensi[oó]n(?:es)?|é|tem|seja|as|os?|tamanho|dimens(?:ão|ões)|"
    r"è|ha|di|sia|dimensione|размер\w*|имеет|формы|حجم\w*|بحجم|الحجم|أبعاد\w*|ابعاد|اندازه|اندازهٔ|با|به|است|یک|دارای)(?!\w)|—|–|"
    r"的|大小|尺寸|维度|维数|形状|为|是|の|サイズ|大きさ|次元|は|が|의|크기|차원|은|는|이|가"
)
"""What may stand between a name and the size that it has."""
ARTICLES = "[aeouyAI]"
"""Words of one letter in several languages: no letters of arrays where formulas are marked."""
NUMBERS: Mapping[str, int] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "一": 1, "二": 2, "两": 2, "三": 3, "eins": 1, "zwei": 2,
    "drei": 3, "deux": 2, "trois": 3, "dos": 2, "tres": 3, "dois": 2, "três": 3, "due": 2, "tre": 3, "два": 2, "две": 2,
    "три": 3, "iki": 2, "üç": 3, "dwa": 2, "trzy": 3, "five": 5, "six": 6, "seven": 7, "eight": 8,
}  # fmt: skip
UNPADDED = (
    r"(?:no|without|sans|sin|sem|ohne|keine|无|不(?:使用|进行)?|без)[ -]?(?:zero[ -]?)?(?:any )?"
    r"(?:padding|填充|auff[uü]llung|relleno|remplissage|дополнени)|패딩 ?없이|パディングなし|\bvalid\b"
)
"""That there is no padding."""
PADDED = (
    r"\bpadded (?:input|image|signal|map|array|version|sequence|matrix)|already padded|(?:gepolstert|aufgefüllt)e\w* |"
    r"entrée (?:complétée|rembourrée|paddée)|(?:entrada|imagen) (?:rellenada|ampliada|preenchida)|дополненн\w+ |"
    r"填充后|パディング(?:後|済)|패딩된"
)
"""That an input is the padded one."""
SAME = (
    r"[\"'“”`‘’]?(?<!the )\bsame\b[\"'“”`‘’]?[- ](?:zero[- ])?(?:padding|convolution)(?! as)|"
    r"(?:padding|auffüllung|relleno|remplissage|填充|패딩)\s*(?:mode\s*)?[=:(]?\s*[\"'“”`‘’]?same\b|"
    r"(?:as large as|(?:the |same )size (?:as|of)) the input|"
    r"so gro(?:ß|ss) wie die eingabe|même taille que l'entrée|mismo tamaño que la entrada|"
    r"mesmo tamanho (?:que|da) (?:a )?entrada|"
    r"stesse dimensioni dell'input|与输入(?:大小)?相同|入力と同じ(?:大きさ|サイズ)|입력과 같은 크기|того же размера"
)
"""That the output is as large as the input."""
SURROUNDED = (
    r"(?:zeros?|zeroes|pixels?|nullen?|zéros?|ceros?|нол\w+|нул\w+|zer[oa]|个零|个 ?0)\s+"
    r"(?:of zeros |zeros? )?(?:on|at|around|auf|an|de|du|a|à|em|en|su|с|na|在)\s+(?:\w+\s+){0,2}?"
    r"(?:each|every|either|all|both|any|jede\w*|alle\w*|beide\w*|chaque|chacun|tous|cada|ambos|todos|ogni|кажд\w*|обе\w*|"
    r"każd\w*|每)"
)
"""Behind a number, that as many zeros stand around the input."""
RINGS = (
    r"(?:rings?|borders?|frames?|margins?|layers?) (?:of|with) (?:zeros?|zeroes|0s?)|"
    r"(?:ring|rand|rahmen)e? (?:aus|von|mit) nullen|(?:anneau|bord|bordure|cadre)s? de zéros?|"
    r"(?:anillo|borde|marco)s? de ceros?|(?:borda|anel)s? de zeros?|(?:bordo|anello|cornice) di zeri|"
    r"圈 ?(?:的)?(?:零|0)"
)
"""Behind a number or an article, that as many rings of zeros stand around the input."""
ONE = r"a|an|one|single|ein(?:e[nrm]?)?|une?|una|um|uma|uno|一"

NOUNS = (
    r"(?:feature|activation) maps?|maps?|image|matri(?:x|ces)|matri[cz]e?|tensors?|arrays?|volume|vectors?|signals?|"
    r"data|weights?|kernel|filter|grid|values?|特征图|图像|矩阵|张量|数据|行列|配列|テンソル|행렬|텐서|матриц\w*|"
    r"(?:of|da|del|della|der|de la|des?|this|the) (?:the )?"
    r"(?:(?:convol|pool|transpos)\w*|layer|faltung|schicht|couche|capa|camada)|"
    r"named|called|denoted(?: by)?|written|labell?ed|namens|genannt|hei(?:ß|ss)t|appelée?|notée?|llamad[ao]|"
    r"denotad[ao]|chamad[ao]|称为|记为|记作|表示为|обозначен\w*"
)
"""What may stand between the word for an array and its letter."""
COPULAS = (
    r"is|are|be|being|denotes?|represents?|stands? for|as|the|our|an?|ist|sei|bezeichnet|der|die|das|est|désigne|soit|"
    r"le|la|es|sea|denota|el|é|seja|o|a|è|sia|il|lo|обозначает|—|–|:|：|\(|（|为|是|表示|は|が|은|는|을|를|="
)
"""What joins a letter to the word for what it stands for."""
ONE_AXIS = (
    r"\b1-?d\b|one[- ]dimension(?:al)?\b|eindimensional|1 ?次元|一次元|一维|1 ?차원|일차원|unidimens\w*|monodimens\w*|"
    r"unidimension\w*|одномерн\w*|tek boyutlu|jednowymiarow\w*|conv(?:olution)?1d|pool(?:ing)?1d"
)
"""That arrays have one axis."""
EXTENTS: Mapping[str, str] = {
    "window": (
        r"windows?|fenster|fen[eê]tre|ventana|janela|finestra|窗口|окн\w*|kernel_size|pool_size|kernel size|pool size"
    ),
    "size": (
        r"sizes?|größe|grösse|taille|tama[nñ]o|tamanho|dimensione|размер\w*|rozmiar\w*|大小|尺寸|サイズ|크기|"
        r"boyut\w*"
    ),
    "length": r"length|länge|longueur|longitud|comprimento|lunghezza|длин\w*|długości?|长度|長さ|길이|uzunlu\w*",
}
"""Words before a single number that is a size; a length is that of the only axis."""
SHAPED = r"shapes?|sizes?|dimensions?|form|形状|大小|尺寸|size|kernel_size|pool_size|strides?"
"""Words before a size in brackets."""
LETTER_SIZES: Mapping[str, str] = {
    "n": "X", "n_H": "X", "n_W": "X", "H": "X", "W": "X", "n_h": "X", "n_w": "X", "H_{in}": "X", "W_{in}": "X",
    "k": "F", "K": "F", "f": "F", "k_h": "F", "k_w": "F", "n_{H}": "X", "n_{W}": "X",
}  # fmt: skip
"""Letters that are sizes where they are set to a number: of the input, or of the filter or window."""
CHANNELS = r"channels?|kan[aä]le?n?|canaux|canal(?:es)?|canais|canali|通道|チャン?ネル|채널|канал\w*|kanał\w*|قنوات"
DEPTHWISE = (
    r"depth-?wise|channel-?wise|(?:each|every|per) (?:input )?channel\s+(?:\w\s+)?(?:has|gets|with) its own|逐通道|"
    r"深度可分离|深度卷积|デプスワイズ|깊이별"
)
"""That each channel has its own filter."""
GROUPED = r"\bgroup(?:s|ed)?\b|分组|グループ|그룹|gruppi?en|groupée?"
"""That filters see some of the channels only."""
FILTER_WORDS = (
    r"filters?|kernels?|卷积核|滤波器|カーネル|フィルタ|필터|커널|filtern?|noyaux?|filtres?|filtros?|фильтр\w*|ядр\w*"
)
"""Of what there is one for each output channel."""
_UNITS = r"(?:[ -](?:units?|neurons?|features?|nodes?|values?|variables?|entries))"
ENDS: Mapping[str, str] = {
    "inputs": (
        rf"(?:inputs(?![ -]channel)|input{_UNITS}|eing[aä]nge\w*|eingaben|entrées|neurones d'entrée|entradas|"
        r"neuronas de entrada|ingressi|вход(?:а|ов|ами)|wejści\w*|个输入|つの入力|개의 입력)"
    ),
    "outputs": (
        rf"(?:outputs(?![ -]channel)|output{_UNITS}|ausg[aä]nge\w*|ausgaben|sorties|neurones de sortie|salidas|"
        r"neuronas de salida|saídas|uscite|выход(?:а|ов|ами)|wyjści\w*|个输出|つの出力|개의 출력)"
    ),
}
"""Behind a number, that a dense layer has as many inputs or outputs."""
COUNTED = (
    r"values?|entries|samples?|elements?|weights?|taps|coefficients?|numbers?|components?|werten?|einträgen?|elementen?|"
    r"gewichten?|valeurs?|éléments?|poids|valores|elementos|pesos|значени\w*|элемент\w*|个元素|个权重|要素|個の要素|원소"
)
"""What arrays along one axis have so many of."""
COUNTED_EACH = r"value|entry|sample|element|weight|tap|point|coefficient"
"""The same behind a hyphen: a 3-tap filter."""
BIAS_WORDS = r"bias\w*|biais|sesgo|vi[eé]s|смещени\w*|偏置|バイアス|편향|بایاس|الانحياز"
"""What is added to each output."""
BASE = (
    r"(?:count|number|index|indices|indexed|indexing|rows?|columns?|indizes|gezählt|indices|índices|indici|индекс)\w*"
    r"[^.;。\n]{0,40}?(?:from|at|with|ab|bei|mit|von|à|de|desde|em|da|с|od)\s*(0|1|zero|one|null|eins|нуля|единицы)\b|"
    r"\b(0|1|zero|one)-?based|(?:下标|索引|编号)?从 ?(0|1) ?(?:开始|起)|(0|1) ?(?:から|부터)"
)
"""What the first index is."""
ZERO = ("0", "zero", "null", "нуля")
ANEW = (
    r"\b(?:same (?:layer|input|image|filter|kernel|sizes?|network|as)|this time|now|instead|again|next|consider|"
    r"suppose|(?:exercise|question|problem|part|case|example|task|aufgabe|teil|fall|beispiel|exercice|cas|exemple|"
    r"ejercicio|caso|ejemplo|exercício|exemplo|esercizio) (?:[0-9]+|[b-e]\b)|nun|jetzt|diesmal|dieselbe|maintenant|"
    r"cette fois|ahora|esta vez|agora|adesso|ora|теперь|задача|пример)\b|现在|改为|例题|习题|次に|今度は|이번에는|이제"
)
"""That a sentence begins a layer of its own."""
OPENINGS = (
    r"(?:exercise|problem|question|aufgabe|übung|exercice|ejercicio|problema|exercício|esercizio|упражнение|задача|"
    r"例题?|习题|練習|問題|문제|연습|تمرين|مسألة) *[0-9]|"
    r"(?:now,? (?:let|consider|suppose)|(?:sei(?:en)?|betrachte[nt]?) nun|nun (?:sei|betrachte)|soit maintenant|"
    r"maintenant,? soit|sea ahora|ahora,? sea|seja agora|agora,? seja|sia ora|ora sia|пусть теперь|теперь пусть)\b|"
    r"现在[设令考]|次に|이제|الآن"
)
"""That a line begins with which letters get another meaning."""
OF_GRADIENT = (
    r"\\(?:partial|nabla|delta)\b|∂|δ|∇|\b(?:gradients?|back-?prop\w*|backward|full (?:conv|correl)\w*|gradiente\w*|"
    r"rotated|flipped|error signal)\b|градиент\w*|梯度|勾配|기울기"
)
"""That a sentence speaks of how gradients are computed."""
SUPPOSED = (
    r"\b(?:would|had (?:we|one|the|it)|(?:we|one) had|could|in the figure|in practice|"
    r"real(?:istic)? (?:images|networks|layers)|"
    r"(?<!as )usually|often|typically|commonly|many networks|würden?|hätten?|in der praxis|meistens|häufig|en pratique|"
    r"souvent|aurait|serai(?:t|ent)|en la práctica|a menudo|sería|na prática|seria|на практике|обычно|часто)\b|"
    r"(?<!\w)\w+л[аио]? бы(?!\w)|实际上|实践中|通常|实际应用|実際には|よく|실제로"
)
"""What speaks of other layers than that of the text."""
GLOBAL = r"global\w* (?:average|avg|max|mean|durchschnitts|pool)|全局(?:平均|最大)?池化|pooling global|グローバル|전역"
"""That one window covers the input."""
CONVOLVED = (
    r"(?:convol|correlat|falt|свёрт|сверт|splot|evri)\w*(?: layer)? (?:of|de|di|von|del|do|da|des)?\s*"
    r"(?:the |an? )?(?:input |image )?",
    r"(?:with|and|by|avec|et|con|com|mit|und|y|e|et de|с|ve|z|i)\s*(?:the |an? )?(?:kernel |filter )?",
)
"""What stands before two arrays of which the second slides over the first, and between them."""
OUTSIDE = re.compile(
    r"[$\s,)]*(?:unless|outside|otherwise|elsewhere|beyond|for (?:all )?other|außerhalb|sonst|für alle anderen|"
    r"hors|en dehors|sauf|sinon|ailleurs|fuera|salvo|en otro caso|fora|altrove|за пределами|вне|иначе|"
    r"在?[^,.，。$]{0,6}之外|以外|否则|の外|それ以外|밖|خارج)", re.IGNORECASE,
)  # fmt: skip
"""What stands behind a formula that holds outside of an array."""
_GEOMETRY = "|".join(QUANTITIES[name] for name in ("stride", "padding", "dilation"))
_SUBJUNCTIVE = (
    r"(?<!\w)(?:would|w(?:ü|ue)rden?|h(?:ä|ae)tten?|wären?|aurai(?:t|ent)|serai(?:t|ent)|habría|sería|tendría\w*|teria|"
    r"seria|avrebbe|sarebbe|бы)(?!\w)"
)
WOULD = re.compile(rf"(?s)(?=.*(?:{_GEOMETRY})).*{_SUBJUNCTIVE}", re.IGNORECASE)
"""A sentence about what another stride, padding or dilation would lead to."""
FORGOTTEN = re.compile(
    r"forg[eo]t|overlook|ignor|wrong|mistak|vergess|falsch|oubli|faux|olvid|esquec|dimentic|забы|неверн|忘",
    re.IGNORECASE,
)
"""A sentence about a mistake."""
