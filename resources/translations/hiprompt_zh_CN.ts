<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>ActionPalette</name>
        <message>
            <source>Find an action</source>
            <translation>查找操作</translation>
        </message>
        <message>
            <source>What do you want to do?</source>
            <translation>想做什么？</translation>
        </message>
        <message>
            <source>Actions</source>
            <translation>操作</translation>
        </message>
        <message>
            <source>Nothing is called that.</source>
            <translation>没有这样的操作。</translation>
        </message>
    </context>
    <context>
        <name>AddOnChoices</name>
        <message>
            <source>VAE</source>
            <translation>VAE</translation>
        </message>
        <message>
            <source>the model’s own</source>
            <translation>模型自带</translation>
        </message>
        <message>
            <source>Upscaler</source>
            <translation>放大模型</translation>
        </message>
        <message>
            <source>none: Lanczos</source>
            <translation>无：Lanczos</translation>
        </message>
        <message>
            <source>ControlNet</source>
            <translation>ControlNet</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Weight of the ControlNet</source>
            <translation>ControlNet 的权重</translation>
        </message>
        <message>
            <source>Steps that the ControlNet holds</source>
            <translation>ControlNet 起作用的步数</translation>
        </message>
        <message>
            <source>weight</source>
            <translation>权重</translation>
        </message>
        <message>
            <source>until</source>
            <translation>直到</translation>
        </message>
        <message>
            <source>What turns latents into pixels</source>
            <translation>把潜变量变成像素的部分</translation>
        </message>
        <message>
            <source>Makes the picture that each phase starts from; large ones want a graphics card</source>
            <translation>生成每个阶段的起始图像；较大的需要显卡</translation>
        </message>
        <message>
            <source>One for tiles holds each phase to the picture before it, so that more strength invents less</source>
            <translation>用于分块（tile）的 ControlNet 让每个阶段贴近前一张图像，强度更大时也少凭空添加</translation>
        </message>
        <message>
            <source>How strongly it holds: 1 as its maker meant it, 0 not at all</source>
            <translation>约束的强度：1 为作者的本意，0 为不起作用</translation>
        </message>
        <message>
            <source>Share of a phase’s steps after which it lets go, so that fine detail is free</source>
            <translation>在阶段步数的这一比例之后放开，让细节自由</translation>
        </message>
    </context>
    <context>
        <name>AddOns</name>
        <message>
            <source>Add a LoRA…</source>
            <translation>添加 LoRA…</translation>
        </message>
        <message>
            <source>Add an embedding…</source>
            <translation>添加嵌入…</translation>
        </message>
        <message>
            <source>Files beside the model: LoRAs, embeddings, a VAE, an upscaler, a ControlNet</source>
            <translation>模型之外的文件：LoRA、嵌入、VAE、放大模型、ControlNet</translation>
        </message>
        <message>
            <source>add-ons: {0}</source>
            <translation>附加文件：{0}</translation>
        </message>
        <message>
            <source>add-ons</source>
            <translation>附加文件</translation>
        </message>
        <message>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <source>Models…</source>
            <translation>模型…</translation>
        </message>
    </context>
    <context>
        <name>Appearance</name>
        <message>
            <source>The window’s parts have the other size from the next start.</source>
            <translation>界面缩放将在下次启动时生效。</translation>
        </message>
    </context>
    <context>
        <name>CanvasView</name>
        <message>
            <source>Picture</source>
            <translation>图像</translation>
        </message>
    </context>
    <context>
        <name>CaptionEdits</name>
        <message>
            <source>Edit a caption</source>
            <translation>编辑描述</translation>
        </message>
        <message>
            <source>Revert captions</source>
            <translation>还原描述</translation>
        </message>
        <message>
            <source>Copy a caption to its neighbours</source>
            <translation>将描述复制到相邻分块</translation>
        </message>
        <message>
            <source>Replace in all captions</source>
            <translation>在所有描述中替换</translation>
        </message>
        <message>
            <source>Load captions</source>
            <translation>载入描述</translation>
        </message>
        <message>
            <source>Lock captions</source>
            <translation>锁定描述</translation>
        </message>
        <message>
            <source>Unlock captions</source>
            <translation>解锁描述</translation>
        </message>
        <message>
            <source>Describe patches again</source>
            <translation>重新描述分块</translation>
        </message>
        <message>
            <source>Draw patches again</source>
            <translation>重绘图块</translation>
        </message>
    </context>
    <context>
        <name>CaptionerBits</name>
        <message>
            <source>Bits of the captioner</source>
            <translation>描述模型的位数</translation>
        </message>
        <message>
            <source>as it is</source>
            <translation>保持原样</translation>
        </message>
        <message>
            <source>8 bits: half the memory</source>
            <translation>8 位：内存减半</translation>
        </message>
        <message>
            <source>4 bits: a quarter, less exact</source>
            <translation>4 位：内存四分之一，精度较低</translation>
        </message>
        <message>
            <source>Bits of the captioner’s weights: with fewer, a large captioner fits into the card’s memory</source>
            <translation>描述模型权重的位数：位数少些，大模型也能放进显存</translation>
        </message>
        <message>
            <source>Fewer bits need the package bitsandbytes: pip install 'hiprompt-desktop[few-bits]'</source>
            <translation>减少位数需要 bitsandbytes 包：pip install 'hiprompt-desktop[few-bits]'</translation>
        </message>
    </context>
    <context>
        <name>CaptionsPanel</name>
        <message>
            <source>prompt</source>
            <translation>提示词</translation>
        </message>
        <message>
            <source>Share of the caption’s words that the prompt has too: word by word</source>
            <translation>描述中有多少词也出现在提示词里（逐词比较）</translation>
        </message>
        <message>
            <source>CAPTIONS</source>
            <translation>分块描述</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} / {1}</translation>
        </message>
        <message>
            <source>Each patch of the picture gets words of its own. They appear here while it grows.</source>
            <translation>图像的每个分块都有自己的描述，随着图像生成会逐一显示在这里。</translation>
        </message>
        <message>
            <source>No caption is like that.</source>
            <translation>没有符合的描述。</translation>
        </message>
        <message>
            <source>Phase 1 is one view: the prompt alone drives it. Its patches begin with phase 2.</source>
            <translation>第 1 阶段是完整画面，只由提示词驱动。从第 2 阶段开始分块。</translation>
        </message>
        <message>
            <source>tokens</source>
            <translation>词元</translation>
        </message>
        <message>
            <source>Of the caption, as the model’s text encoder counts them</source>
            <translation>描述的词元数，按模型文本编码器的方式计算</translation>
        </message>
        <message>
            <source>of {0} tokens</source>
            <translation>词元 / {0}</translation>
        </message>
        <message>
            <source>It reads {0} at once, and more in several parts</source>
            <translation>它一次读取 {0} 个，更多则分几部分读取</translation>
        </message>
    </context>
    <context>
        <name>CompareBar</name>
        <message>
            <source>Picture A</source>
            <translation>图像 A</translation>
        </message>
        <message>
            <source>Picture B</source>
            <translation>图像 B</translation>
        </message>
        <message>
            <source>Swap A and B</source>
            <translation>交换 A 与 B</translation>
        </message>
        <message>
            <source>Stop comparing</source>
            <translation>结束对比</translation>
        </message>
        <message>
            <source>Slider</source>
            <translation>滑块对比</translation>
        </message>
        <message>
            <source>Side by side</source>
            <translation>并排对比</translation>
        </message>
        <message>
            <source>Difference</source>
            <translation>差异对比</translation>
        </message>
        <message>
            <source>How much the difference is amplified</source>
            <translation>差异的放大倍数</translation>
        </message>
        <message>
            <source>{0}  reading…</source>
            <translation>{0}  读取中…</translation>
        </message>
        <message>
            <source>Another picture…</source>
            <translation>其他图像…</translation>
        </message>
        <message>
            <source>Picture to compare with</source>
            <translation>用于对比的图像</translation>
        </message>
    </context>
    <context>
        <name>Counterfactual</name>
        <message>
            <source>With captions</source>
            <translation>有分块描述</translation>
        </message>
        <message>
            <source>The prompt alone</source>
            <translation>仅用提示词</translation>
        </message>
    </context>
    <context>
        <name>DeviceButton</name>
        <message>
            <source>Automatic precision</source>
            <translation>自动精度</translation>
        </message>
        <message>
            <source>16 bits where the device computes in them, else 32</source>
            <translation>设备支持时用 16 位，否则用 32 位</translation>
        </message>
        <message>
            <source>32 bits (float32)</source>
            <translation>32 位（float32）</translation>
        </message>
        <message>
            <source>Twice the memory, and slower on most devices; exact</source>
            <translation>内存加倍，在多数设备上更慢；最精确</translation>
        </message>
        <message>
            <source>16 bits (bfloat16)</source>
            <translation>16 位（bfloat16）</translation>
        </message>
        <message>
            <source>For cards of today: numbers as large as in 32 bits</source>
            <translation>适合较新的显卡：数值范围与 32 位相同</translation>
        </message>
        <message>
            <source>16 bits (float16)</source>
            <translation>16 位（float16）</translation>
        </message>
        <message>
            <source>For older cards and Apple’s</source>
            <translation>适合较旧的显卡和 Apple 显卡</translation>
        </message>
        <message>
            <source>8 bits (float8)</source>
            <translation>8 位（float8）</translation>
        </message>
        <message>
            <source>The network’s weights take half the memory; for small cards</source>
            <translation>网络权重只占一半内存；适合小显存显卡</translation>
        </message>
        <message>
            <source>Device and precision</source>
            <translation>设备与精度</translation>
        </message>
        <message>
            <source>starting the engine…</source>
            <translation>正在启动引擎…</translation>
        </message>
        <message>
            <source>What draws the next picture: {0}</source>
            <translation>下一张图由它绘制：{0}</translation>
        </message>
        <message>
            <source>Automatic: {0}</source>
            <translation>自动：{0}</translation>
        </message>
        <message>
            <source>The best device there is</source>
            <translation>可用的最佳设备</translation>
        </message>
        <message>
            <source>Compile the model first</source>
            <translation>先编译模型</translation>
        </message>
        <message>
            <source>Seconds on a card, up to a minute on a processor; pays back after a few large pictures</source>
            <translation>显卡上需数秒，处理器上可达一分钟；画几张大图后即可回本</translation>
        </message>
    </context>
    <context>
        <name>Diagnostics</name>
        <message>
            <source>Diagnostics are in {0}: versions, settings and logs, without your name, prompts and pictures.</source>
            <translation>诊断信息已写入 {0}：版本、设置和日志，不含您的姓名、提示词和图像。</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Nothing was sent; give it to whom you like.</source>
            <translation>没有发送任何内容；请自行交给需要的人。</translation>
        </message>
    </context>
    <context>
        <name>DownloadPage</name>
        <message>
            <source>Models to begin with</source>
            <translation>入门模型</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>类型</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可证</translation>
        </message>
        <message>
            <source>organisation/name, as in its address on the hub</source>
            <translation>组织/名称，与其在 Hub 上的地址一致</translation>
        </message>
        <message>
            <source>Repository</source>
            <translation>仓库</translation>
        </message>
        <message>
            <source>half precision where there is one</source>
            <translation>若有半精度则用半精度</translation>
        </message>
        <message>
            <source>Half the bytes, and as good on a graphics card</source>
            <translation>字节减半，在显卡上效果一样好</translation>
        </message>
        <message>
            <source>Look up</source>
            <translation>查询</translation>
        </message>
        <message>
            <source>Asks the hub for files, size and licence; nothing is downloaded yet</source>
            <translation>向 Hub 询问文件、大小和许可证；此时不会下载任何内容</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Download</source>
            <translation>下载</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Show it</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>Free on the disk</source>
            <translation>磁盘剩余空间</translation>
        </message>
        <message>
            <source>Nothing is connected before you press Look up or Download.</source>
            <translation>在您按下“查询”或“下载”之前不会联网。</translation>
        </message>
        <message>
            <source>Retry</source>
            <translation>重试</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Stopping…</source>
            <translation>正在停止…</translation>
        </message>
        <message>
            <source>Asking the hub…</source>
            <translation>正在询问 Hub…</translation>
        </message>
        <message>
            <source>It is here, whole and compared with its hashes.</source>
            <translation>已下载完整，并已核对哈希值。</translation>
        </message>
        <message>
            <source>Stopped; what has arrived is kept.</source>
            <translation>已停止；已收到的部分会保留。</translation>
        </message>
        <message>
            <source>Its authors ask you to accept their terms on its page first.</source>
            <translation>作者要求您先在其页面上接受条款。</translation>
        </message>
    </context>
    <context>
        <name>EmbeddingRow</name>
        <message>
            <source>Write this word in a prompt or a caption</source>
            <translation>在提示词或描述中写这个词</translation>
        </message>
        <message>
            <source>Word for {0}</source>
            <translation>{0} 的词</translation>
        </message>
    </context>
    <context>
        <name>EndNotice</name>
        <message>
            <source>The picture is finished.</source>
            <translation>图像已完成。</translation>
        </message>
    </context>
    <context>
        <name>ExportDialog</name>
        <message>
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Put a field into the name</source>
            <translation>在文件名中插入字段</translation>
        </message>
        <message>
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>&amp;Picture</source>
            <translation>图像(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Format</source>
            <translation>格式(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Quality</source>
            <translation>质量(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Metadata</source>
            <translation>元数据(&amp;M)</translation>
        </message>
        <message>
            <source>&amp;Name</source>
            <translation>名称(&amp;N)</translation>
        </message>
        <message>
            <source>F&amp;older</source>
            <translation>文件夹(&amp;O)</translation>
        </message>
        <message>
            <source>Folder for exports</source>
            <translation>导出文件夹</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>about {0}</source>
            <translation>约 {0}</translation>
        </message>
    </context>
    <context>
        <name>Exporter</name>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Exported {0}</source>
            <translation>已导出 {0}</translation>
        </message>
    </context>
    <context>
        <name>FileChoice</name>
        <message>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <source>Choose a folder…</source>
            <translation>选择文件夹…</translation>
        </message>
        <message>
            <source>Models…</source>
            <translation>模型…</translation>
        </message>
    </context>
    <context>
        <name>Guidance</name>
        <message>
            <source>Prompt</source>
            <translation>提示词</translation>
        </message>
        <message>
            <source>Say what the picture shows. It holds the whole picture together.</source>
            <translation>写下画面内容。提示词统领整幅图像。</translation>
        </message>
        <message>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <source>What the picture will cost in phases, work and memory, before anything runs.</source>
            <translation>开始之前就能看到：图像需要多少阶段、多少运算、多少内存。</translation>
        </message>
        <message>
            <source>Phases</source>
            <translation>阶段</translation>
        </message>
        <message>
            <source>The picture grows from size to size. A click on a phase shows it, even while it grows.</source>
            <translation>图像逐级放大。点击某个阶段即可查看，生成过程中也可以。</translation>
        </message>
        <message>
            <source>Captions</source>
            <translation>分块描述</translation>
        </message>
        <message>
            <source>Each patch of the picture has words of its own. Correct them, lock them, search them.</source>
            <translation>图像的每个分块都有自己的描述，可以修改、锁定和搜索。</translation>
        </message>
        <message>
            <source>Regenerate</source>
            <translation>重新生成</translation>
        </message>
        <message>
            <source>Choose patches on the picture and draw only them again; everything else stays.</source>
            <translation>在图像上选择分块，只重绘它们，其余保持不变。</translation>
        </message>
        <message>
            <source>&lt;b&gt;HiPrompt Desktop&lt;/b&gt;&lt;br&gt;Pictures far beyond a model's native size, drawn phase by phase under a prompt for every patch.&lt;br&gt;&lt;br&gt;Everything is computed on this machine; nothing leaves it.</source>
            <translation>&lt;b&gt;HiPrompt Desktop&lt;/b&gt;&lt;br&gt;逐阶段生成远超模型原生尺寸的图像，每个分块都有自己的提示词。&lt;br&gt;&lt;br&gt;全部运算都在本机完成，不会上传任何内容。</translation>
        </message>
        <message>
            <source>About HiPrompt</source>
            <translation>关于 HiPrompt</translation>
        </message>
    </context>
    <context>
        <name>History</name>
        <message>
            <source>This picture is being worked on.</source>
            <translation>这幅图像正在处理中。</translation>
        </message>
        <message>
            <source>Cancel first.</source>
            <translation>请先取消。</translation>
        </message>
        <message>
            <source>“{0}” has a star, and what has a star is kept.</source>
            <translation>“{0}”已加星标，加星标的图像会被保留。</translation>
        </message>
        <message>
            <source>Move it to the trash all the same</source>
            <translation>仍然移到回收站</translation>
        </message>
        <message>
            <source>Pictures without a star that are listed here, to be moved to the trash: {0}.</source>
            <translation>这里列出的未加星标的图像将移到回收站：{0} 幅。</translation>
        </message>
        <message>
            <source>Move them</source>
            <translation>移到回收站</translation>
        </message>
        <message>
            <source>“{0}” is in the system's trash now; it can be restored from there.</source>
            <translation>“{0}”已移到系统回收站，可以从那里恢复。</translation>
        </message>
        <message>
            <source>{0} pictures are in the system's trash now; they can be restored from there.</source>
            <translation>{0} 幅图像已移到系统回收站，可以从那里恢复。</translation>
        </message>
    </context>
    <context>
        <name>HistoryList</name>
        <message>
            <source>Earlier pictures</source>
            <translation>以前的图像</translation>
        </message>
    </context>
    <context>
        <name>HistoryModel</name>
        <message>
            <source>{0}
{1} · seed {2} · {3}</source>
            <translation>{0}
{1} · 种子 {2} · {3}</translation>
        </message>
    </context>
    <context>
        <name>HistoryStrip</name>
        <message>
            <source>HISTORY</source>
            <translation>历史</translation>
        </message>
        <message>
            <source>Only starred pictures</source>
            <translation>只看加星标的图像</translation>
        </message>
        <message>
            <source>search prompts…</source>
            <translation>搜索提示词…</translation>
        </message>
        <message>
            <source>Search the history</source>
            <translation>搜索历史</translation>
        </message>
        <message>
            <source>Your pictures will be listed here.</source>
            <translation>你的图像会列在这里。</translation>
        </message>
        <message>
            <source>No picture is like that.</source>
            <translation>没有符合的图像。</translation>
        </message>
        <message>
            <source>&amp;Open</source>
            <translation>打开(&amp;O)</translation>
        </message>
        <message>
            <source>Use &amp;prompt</source>
            <translation>使用提示词(&amp;P)</translation>
        </message>
        <message>
            <source>Use &amp;seed</source>
            <translation>使用种子(&amp;S)</translation>
        </message>
        <message>
            <source>Use &amp;everything</source>
            <translation>使用全部设置(&amp;E)</translation>
        </message>
        <message>
            <source>Remove s&amp;tar</source>
            <translation>取消星标(&amp;T)</translation>
        </message>
        <message>
            <source>S&amp;tar</source>
            <translation>加星标(&amp;T)</translation>
        </message>
        <message>
            <source>Show in &amp;folder</source>
            <translation>在文件夹中显示(&amp;F)</translation>
        </message>
        <message>
            <source>Move to t&amp;rash</source>
            <translation>移到回收站(&amp;R)</translation>
        </message>
        <message>
            <source>Keep only starred…</source>
            <translation>只保留加星标的…</translation>
        </message>
    </context>
    <context>
        <name>InlineEditor</name>
        <message>
            <source>Caption of the patch, in its place</source>
            <translation>就地编辑分块描述</translation>
        </message>
    </context>
    <context>
        <name>Invitation</name>
        <message>
            <source>What shall we draw?</source>
            <translation>想画点什么？</translation>
        </message>
        <message>
            <source>Write a prompt and press Generate, or begin with one of these.</source>
            <translation>写下提示词并按“生成”，或者从下面的例子开始。</translation>
        </message>
        <message>
            <source>Or drop a picture of your own here, to draw it larger.</source>
            <translation>也可以把自己的图像拖到这里，将其放大。</translation>
        </message>
    </context>
    <context>
        <name>KeysDialog</name>
        <message>
            <source>Keyboard and mouse</source>
            <translation>键盘和鼠标</translation>
        </message>
        <message>
            <source>Search actions and keys</source>
            <translation>搜索操作和快捷键</translation>
        </message>
        <message>
            <source>Actions and their keys</source>
            <translation>操作及其快捷键</translation>
        </message>
        <message>
            <source>Action</source>
            <translation>操作</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>快捷键</translation>
        </message>
        <message>
            <source>New key</source>
            <translation>新快捷键</translation>
        </message>
        <message>
            <source>Click here, then press the key; without one the action has no key</source>
            <translation>点击此处后按下新的快捷键；留空则该操作没有快捷键</translation>
        </message>
        <message>
            <source>Use this key</source>
            <translation>使用此快捷键</translation>
        </message>
        <message>
            <source>Reset</source>
            <translation>重置</translation>
        </message>
        <message>
            <source>Back to the key that the action came with</source>
            <translation>恢复该操作的默认快捷键</translation>
        </message>
        <message>
            <source>Reset all</source>
            <translation>全部重置</translation>
        </message>
        <message>
            <source>Every action gets the keys that it came with</source>
            <translation>所有操作恢复默认快捷键</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Elsewhere</source>
            <translation>其他</translation>
        </message>
        <message>
            <source>Mouse, and keys on the picture</source>
            <translation>鼠标，以及图像上的按键</translation>
        </message>
        <message>
            <source>{0} belongs to “{1}”, which would lose it.</source>
            <translation>{0} 已用于“{1}”，改用后它将失去此快捷键。</translation>
        </message>
    </context>
    <context>
        <name>LoraRow</name>
        <message>
            <source>Weight: 1 as its maker meant it, 0 nothing, less turns it around</source>
            <translation>权重：1 为作者原意，0 为无作用，负数则反转</translation>
        </message>
        <message>
            <source>Weight of {0}</source>
            <translation>{0} 的权重</translation>
        </message>
        <message>
            <source>Put a trigger word into the prompt: {0}</source>
            <translation>把触发词加入提示词：{0}</translation>
        </message>
        <message>
            <source>Trigger words of {0}</source>
            <translation>{0} 的触发词</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Collect diagnostics</source>
            <translation>收集诊断信息</translation>
        </message>
        <message>
            <source>Zip files ({0})</source>
            <translation>Zip 文件 ({0})</translation>
        </message>
    </context>
    <context>
        <name>MessageBar</name>
        <message>
            <source>Open the log</source>
            <translation>打开日志</translation>
        </message>
        <message>
            <source>The details, for whoever helps you; nothing is sent</source>
            <translation>供帮助您的人查看的细节；不会发送任何内容</translation>
        </message>
        <message>
            <source>Collect diagnostics…</source>
            <translation>收集诊断信息…</translation>
        </message>
        <message>
            <source>I have read this</source>
            <translation>我已读过</translation>
        </message>
        <message>
            <source>Dismiss the message</source>
            <translation>关闭消息</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>消息</translation>
        </message>
        <message>
            <source>{0} more to read</source>
            <translation>还有 {0} 条未读</translation>
        </message>
    </context>
    <context>
        <name>ModelActions</name>
        <message>
            <source>Show it</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>Downloaded {0}.</source>
            <translation>已下载 {0}。</translation>
        </message>
    </context>
    <context>
        <name>ModelChooser</name>
        <message>
            <source>Choose a folder…</source>
            <translation>选择文件夹…</translation>
        </message>
        <message>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <source>Use your own model…</source>
            <translation>使用您自己的模型…</translation>
        </message>
        <message>
            <source>Checkpoints (*.safetensors)</source>
            <translation>模型检查点 (*.safetensors)</translation>
        </message>
    </context>
    <context>
        <name>ModelDetails</name>
        <message>
            <source>Path</source>
            <translation>路径</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>Copy the path</source>
            <translation>复制路径</translation>
        </message>
        <message>
            <source>known once it is verified</source>
            <translation>校验后可知</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Use</source>
            <translation>使用</translation>
        </message>
        <message>
            <source>Verify</source>
            <translation>校验</translation>
        </message>
        <message>
            <source>Reads every byte: damage, values that are not numbers, and the hash</source>
            <translation>读取每个字节：检查损坏、非数值以及哈希值</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Move to the trash…</source>
            <translation>移到回收站…</translation>
        </message>
        <message>
            <source>Move to the trash</source>
            <translation>移到回收站</translation>
        </message>
        <message>
            <source>Keep it</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Precision</source>
            <translation>精度</translation>
        </message>
        <message>
            <source>Parameters</source>
            <translation>参数量</translation>
        </message>
        <message>
            <source>Belongs to</source>
            <translation>属于</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可证</translation>
        </message>
        <message>
            <source>Trigger words</source>
            <translation>触发词</translation>
        </message>
        <message>
            <source>Choose one to see what it is.</source>
            <translation>选择一项以查看详情。</translation>
        </message>
        <message>
            <source>Add the folder where your models are. They are used in place, nothing is copied.</source>
            <translation>添加您存放模型的文件夹。模型就地使用，不会复制。</translation>
        </message>
        <message>
            <source>In use</source>
            <translation>使用中</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
    </context>
    <context>
        <name>ModelFit</name>
        <message>
            <source>{0} steps</source>
            <translation>{0} 步</translation>
        </message>
    </context>
    <context>
        <name>ModelList</name>
        <message>
            <source>Models on this computer</source>
            <translation>本机上的模型</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Family</source>
            <translation>系列</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Precision</source>
            <translation>精度</translation>
        </message>
        <message>
            <source>Belongs to</source>
            <translation>属于</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>许可证</translation>
        </message>
    </context>
    <context>
        <name>ModelsWindow</name>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>On this computer</source>
            <translation>本机</translation>
        </message>
        <message>
            <source>Download</source>
            <translation>下载</translation>
        </message>
        <message>
            <source>Search names, kinds and folders</source>
            <translation>搜索名称、类型和文件夹</translation>
        </message>
        <message>
            <source>Add a folder…</source>
            <translation>添加文件夹…</translation>
        </message>
        <message>
            <source>Of models, or of A1111, Forge, ComfyUI or InvokeAI; they are used in place</source>
            <translation>模型文件夹，或 A1111、Forge、ComfyUI、InvokeAI 的文件夹；就地使用</translation>
        </message>
        <message>
            <source>Folders</source>
            <translation>文件夹</translation>
        </message>
        <message>
            <source>The folders that you added</source>
            <translation>您添加的文件夹</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Leave out {0}</source>
            <translation>不再包含 {0}</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Search again</source>
            <translation>重新搜索</translation>
        </message>
        <message>
            <source>{0} found</source>
            <translation>找到 {0} 个</translation>
        </message>
        <message>
            <source>{0} of them cannot be used</source>
            <translation>其中 {0} 个无法使用</translation>
        </message>
        <message>
            <source>Folder of models</source>
            <translation>模型文件夹</translation>
        </message>
    </context>
    <context>
        <name>Navigator</name>
        <message>
            <source>Navigator</source>
            <translation>导航器</translation>
        </message>
        <message>
            <source>Click or drag to move the picture</source>
            <translation>点击或拖动以移动图像</translation>
        </message>
    </context>
    <context>
        <name>NextPicture</name>
        <message>
            <source>Change the prompt</source>
            <translation>更改提示词</translation>
        </message>
        <message>
            <source>Change what to avoid</source>
            <translation>更改要避免的内容</translation>
        </message>
        <message>
            <source>Change the size</source>
            <translation>更改尺寸</translation>
        </message>
        <message>
            <source>Choose a preset</source>
            <translation>选择预设</translation>
        </message>
        <message>
            <source>Change the strength</source>
            <translation>更改重绘幅度</translation>
        </message>
        <message>
            <source>Change the seed</source>
            <translation>更改种子</translation>
        </message>
        <message>
            <source>Choose a model</source>
            <translation>选择模型</translation>
        </message>
        <message>
            <source>Choose who writes captions</source>
            <translation>选择描述来源</translation>
        </message>
        <message>
            <source>Choose a style</source>
            <translation>选择风格</translation>
        </message>
        <message>
            <source>Change the add-ons</source>
            <translation>更改附加文件</translation>
        </message>
        <message>
            <source>Change what is asked for</source>
            <translation>更改请求</translation>
        </message>
    </context>
    <context>
        <name>OwnPictures</name>
        <message>
            <source>The next picture starts from {0}, {1} × {2}.</source>
            <translation>下一张图像从 {0}（{1} × {2}）开始。</translation>
        </message>
        <message>
            <source>Does the prompt say what it shows?</source>
            <translation>提示词是否描述了它的内容？</translation>
        </message>
        <message>
            <source>Describe it for me</source>
            <translation>替我描述</translation>
        </message>
        <message>
            <source>Say what it shows, or leave that to the captioner.</source>
            <translation>请描述它的内容，或交给描述模型。</translation>
        </message>
        <message>
            <source>Say what it shows.</source>
            <translation>请描述它的内容。</translation>
        </message>
    </context>
    <context>
        <name>PatchActions</name>
        <message>
            <source>Save captions</source>
            <translation>保存描述</translation>
        </message>
        <message>
            <source>Load captions</source>
            <translation>载入描述</translation>
        </message>
        <message>
            <source>Captions (*.json)</source>
            <translation>描述 (*.json)</translation>
        </message>
        <message>
            <source>Captions saved as {0}</source>
            <translation>描述已保存为 {0}</translation>
        </message>
        <message>
            <source>Captions changed: {0}.</source>
            <translation>已修改 {0} 条描述。</translation>
        </message>
    </context>
    <context>
        <name>PatchDelegate</name>
        <message>
            <source>(the prompt)</source>
            <translation>（提示词）</translation>
        </message>
    </context>
    <context>
        <name>PatchEditor</name>
        <message>
            <source>Caption of the patch</source>
            <translation>分块的描述</translation>
        </message>
        <message>
            <source>Lock</source>
            <translation>锁定</translation>
        </message>
        <message>
            <source>revert</source>
            <translation>还原</translation>
        </message>
        <message>
            <source>Question to the captioner</source>
            <translation>向描述模型提的问题</translation>
        </message>
        <message>
            <source>Ask again</source>
            <translation>重新询问</translation>
        </message>
        <message>
            <source>Different captions: write one for all of them</source>
            <translation>描述各不相同：在此为它们写同一条描述</translation>
        </message>
        <message>
            <source>PATCH {0}</source>
            <translation>分块 {0}</translation>
        </message>
        <message>
            <source>{0} of {1} tokens</source>
            <translation>{0} / {1} 个词元</translation>
        </message>
        <message>
            <source>prompt {0} %</source>
            <translation>提示词 {0} %</translation>
        </message>
        <message>
            <source>version {0}, seed {1}</source>
            <translation>版本 {0}，种子 {1}</translation>
        </message>
        <message>
            <source>the picture shows: {0}</source>
            <translation>画面中是：{0}</translation>
        </message>
        <message>
            <source>{0} PATCHES</source>
            <translation>{0} 个分块</translation>
        </message>
        <message>
            <source>no word</source>
            <translation>没有共同的词</translation>
        </message>
        <message>
            <source>They share: {0}</source>
            <translation>共同的词：{0}</translation>
        </message>
        <message>
            <source>What the captioner is asked; empty: {0}</source>
            <translation>向描述模型提的问题；留空则为：{0}</translation>
        </message>
    </context>
    <context>
        <name>PatchList</name>
        <message>
            <source>Captions</source>
            <translation>分块描述</translation>
        </message>
    </context>
    <context>
        <name>PatchModel</name>
        <message>
            <source>not described yet</source>
            <translation>尚未描述</translation>
        </message>
        <message>
            <source>{0} of {1} tokens</source>
            <translation>{0} / {1} 个词元</translation>
        </message>
        <message>
            <source>{0} of {1} words are the prompt’s</source>
            <translation>{1} 个词中有 {0} 个来自提示词</translation>
        </message>
        <message>
            <source>the picture shows: {0}</source>
            <translation>画面中是：{0}</translation>
        </message>
    </context>
    <context>
        <name>PatchWork</name>
        <message>
            <source>There is no captioner.</source>
            <translation>没有描述模型。</translation>
        </message>
        <message>
            <source>Choose one on the left under Captions.</source>
            <translation>请在左侧“分块描述”处选择一个。</translation>
        </message>
        <message>
            <source>Locked the caption.</source>
            <translation>已锁定该描述。</translation>
        </message>
        <message>
            <source>Unlocked the caption.</source>
            <translation>已解锁该描述。</translation>
        </message>
        <message>
            <source>Locked {0} captions.</source>
            <translation>已锁定 {0} 条描述。</translation>
        </message>
        <message>
            <source>Unlocked {0} captions.</source>
            <translation>已解锁 {0} 条描述。</translation>
        </message>
        <message>
            <source>Patches described again: {0}.</source>
            <translation>已重新描述 {0} 个分块。</translation>
        </message>
        <message>
            <source>Captions compared with the picture: {0}, not seen in it: {1}.</source>
            <translation>已与画面核对 {0} 条描述，其中 {1} 条在画面中看不到。</translation>
        </message>
        <message>
            <source>Drawn again, saved as {0}</source>
            <translation>已重新生成，保存为 {0}</translation>
        </message>
        <message>
            <source>Nothing changed.</source>
            <translation>没有任何改变。</translation>
        </message>
    </context>
    <context>
        <name>PhaseStrip</name>
        <message>
            <source>Earlier phases</source>
            <translation>更早的阶段</translation>
        </message>
        <message>
            <source>Later phases</source>
            <translation>后面的阶段</translation>
        </message>
        <message>
            <source>Phases</source>
            <translation>阶段</translation>
        </message>
        <message>
            <source>finished</source>
            <translation>已完成</translation>
        </message>
        <message>
            <source>in work</source>
            <translation>进行中</translation>
        </message>
        <message>
            <source>to come</source>
            <translation>未开始</translation>
        </message>
        <message>
            <source>waits for your captions</source>
            <translation>等待你检查描述</translation>
        </message>
        <message>
            <source>Phase {0}, {1}, {2}</source>
            <translation>第 {0} 阶段，{1}，{2}</translation>
        </message>
    </context>
    <context>
        <name>PictureActions</name>
        <message>
            <source>Open a picture</source>
            <translation>打开图像</translation>
        </message>
        <message>
            <source>Upscale a picture</source>
            <translation>放大图像</translation>
        </message>
        <message>
            <source>Pictures ({0})</source>
            <translation>图像 ({0})</translation>
        </message>
        <message>
            <source>Folder for pictures</source>
            <translation>图像文件夹</translation>
        </message>
    </context>
    <context>
        <name>PicturePanel</name>
        <message>
            <source>Zoom</source>
            <translation>缩放</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>适应窗口</translation>
        </message>
        <message>
            <source>Fit · {0}</source>
            <translation>适应 · {0}</translation>
        </message>
    </context>
    <context>
        <name>PictureWork</name>
        <message>
            <source>No caption of phase {0} was changed.</source>
            <translation>第 {0} 阶段的描述没有改动。</translation>
        </message>
        <message>
            <source>Change one, then draw the phase again.</source>
            <translation>请先修改一条描述，再重新生成此阶段。</translation>
        </message>
    </context>
    <context>
        <name>PlanLabel</name>
        <message>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <source>Load the models and draw a small picture, to know how long this one takes</source>
            <translation>加载模型并绘制一张小图，以得知这张图需要多长时间</translation>
        </message>
    </context>
    <context>
        <name>ProjectActions</name>
        <message>
            <source>Snaps&amp;hots</source>
            <translation>快照(&amp;H)</translation>
        </message>
        <message>
            <source>Open a project</source>
            <translation>打开项目</translation>
        </message>
        <message>
            <source>Save the project as</source>
            <translation>项目另存为</translation>
        </message>
        <message>
            <source>Projects ({0})</source>
            <translation>项目 ({0})</translation>
        </message>
        <message>
            <source>Export the project as one file</source>
            <translation>将项目导出为一个文件</translation>
        </message>
        <message>
            <source>Zip files ({0})</source>
            <translation>Zip 文件 ({0})</translation>
        </message>
        <message>
            <source>Import a project</source>
            <translation>导入项目</translation>
        </message>
    </context>
    <context>
        <name>ProjectKeeper</name>
        <message>
            <source>Before reverting, {0}</source>
            <translation>恢复到已保存之前，{0}</translation>
        </message>
        <message>
            <source>Opening {0}…</source>
            <translation>正在打开 {0}…</translation>
        </message>
        <message>
            <source>“{0}” is saved.</source>
            <translation>“{0}”已保存。</translation>
        </message>
        <message>
            <source>Saved as {0}</source>
            <translation>已另存为 {0}</translation>
        </message>
        <message>
            <source>Snapshot “{0}” is kept.</source>
            <translation>快照“{0}”已保存。</translation>
        </message>
        <message>
            <source>Project written to {0}</source>
            <translation>项目已写入 {0}</translation>
        </message>
        <message>
            <source>HiPrompt ended without being closed. Nothing is lost: the picture from {0} is kept.</source>
            <translation>HiPrompt 未正常关闭。没有丢失任何内容：{0} 的图像已保存。</translation>
        </message>
        <message>
            <source>Open the picture</source>
            <translation>打开图像</translation>
        </message>
        <message>
            <source>HiPrompt ended without closing “{0}”. Nothing is lost: this is from {1}. Last saved by you: {2}.</source>
            <translation>HiPrompt 退出时没有关闭“{0}”。没有丢失任何内容：这是 {1} 的状态。您上次保存：{2}。</translation>
        </message>
        <message>
            <source>Revert to saved</source>
            <translation>恢复到已保存</translation>
        </message>
        <message>
            <source>This is what you saved. What you had is the snapshot “{0}”.</source>
            <translation>这是您保存的内容。之前的内容已存为快照“{0}”。</translation>
        </message>
        <message>
            <source>Bring it back</source>
            <translation>取回</translation>
        </message>
        <message>
            <source>A name to come back to:</source>
            <translation>便于以后返回的名称：</translation>
        </message>
        <message>
            <source>Finished phases and their captions are here, undo is not.</source>
            <translation>已完成的阶段及其描述都在，撤销记录不在。</translation>
        </message>
        <message>
            <source>This is what you had saved.</source>
            <translation>这是您之前保存的内容。</translation>
        </message>
    </context>
    <context>
        <name>PromptLadder</name>
        <message>
            <source>caption</source>
            <translation>描述</translation>
        </message>
        <message>
            <source>prompt</source>
            <translation>提示词</translation>
        </message>
        <message>
            <source>all ← {0}</source>
            <translation>全部 ← {0}</translation>
        </message>
        <message>
            <source>low ← {0}</source>
            <translation>低频 ← {0}</translation>
        </message>
        <message>
            <source>high ← {0}</source>
            <translation>高频 ← {0}</translation>
        </message>
        <message>
            <source>filtered out</source>
            <translation>已过滤</translation>
        </message>
    </context>
    <context>
        <name>PromptOptions</name>
        <message>
            <source>one sentence: fits most pictures</source>
            <translation>一句话：适合大多数图像</translation>
        </message>
        <message>
            <source>names alone: for crowded pictures, and talkative captioners</source>
            <translation>只列名称：适合内容繁多的图像和话多的描述模型</translation>
        </message>
        <message>
            <source>surfaces: for fine detail such as fabric, bark or stone</source>
            <translation>表面：适合织物、树皮、石头等细节</translation>
        </message>
        <message>
            <source>two sentences: for captioners that see much, at twice the time</source>
            <translation>两句话：适合观察入微的描述模型，用时加倍</translation>
        </message>
        <message>
            <source>Question to the captioner</source>
            <translation>向描述模型提的问题</translation>
        </message>
        <message>
            <source>Wildcards: use one, or choose their folder</source>
            <translation>通配符：插入一个，或选择其文件夹</translation>
        </message>
        <message>
            <source>Wildcards</source>
            <translation>通配符</translation>
        </message>
        <message>
            <source>Style</source>
            <translation>风格</translation>
        </message>
        <message>
            <source>Question</source>
            <translation>提问</translation>
        </message>
        <message>
            <source>Avoid: {0}</source>
            <translation>避免：{0}</translation>
        </message>
        <message>
            <source>Nobody is asked: captions do not come from a captioner</source>
            <translation>不会提问：描述不来自描述模型</translation>
        </message>
        <message>
            <source>{red|blue} in a prompt is one of its words, {0} a line of animals.txt in this folder</source>
            <translation>提示词中的 {red|blue} 取其中一个词，{0} 取此文件夹中 animals.txt 的一行</translation>
        </message>
        <message>
            <source>Show the folder</source>
            <translation>显示文件夹</translation>
        </message>
        <message>
            <source>Choose another folder…</source>
            <translation>选择其他文件夹…</translation>
        </message>
        <message>
            <source>Folder of wildcards</source>
            <translation>通配符文件夹</translation>
        </message>
    </context>
    <context>
        <name>QuestionRow</name>
        <message>
            <source>Answer to the message</source>
            <translation>对消息的回答</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保存</translation>
        </message>
    </context>
    <context>
        <name>QueueButton</name>
        <message>
            <source>Pictures that wait for their turn (Q)</source>
            <translation>等待绘制的图像 (Q)</translation>
        </message>
        <message>
            <source>Queue {0}</source>
            <translation>队列 {0}</translation>
        </message>
        <message>
            <source>Queue</source>
            <translation>队列</translation>
        </message>
        <message>
            <source>paused</source>
            <translation>已暂停</translation>
        </message>
    </context>
    <context>
        <name>QueuePanel</name>
        <message>
            <source>QUEUE</source>
            <translation>队列</translation>
        </message>
        <message>
            <source>While a picture is drawn, Generate adds the next ones here.</source>
            <translation>正在绘制图像时，点击“生成”会把后面的图像加到这里。</translation>
        </message>
        <message>
            <source>Draw again</source>
            <translation>重新绘制</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Cancel waiting</source>
            <translation>取消等待的图像</translation>
        </message>
        <message>
            <source>Clear ended</source>
            <translation>清除已结束的</translation>
        </message>
        <message>
            <source>paused</source>
            <translation>已暂停</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Draw what waits, one after the other</source>
            <translation>依次绘制等待中的图像</translation>
        </message>
        <message>
            <source>Finish the picture in work and start no other</source>
            <translation>完成当前图像，不再开始下一张</translation>
        </message>
    </context>
    <context>
        <name>QueueRunner</name>
        <message>
            <source>HiPrompt ended while it drew “{0}”.</source>
            <translation>HiPrompt 在绘制“{0}”时退出了。</translation>
        </message>
        <message>
            <source>Draw it again</source>
            <translation>重新绘制</translation>
        </message>
        <message>
            <source>What was finished is kept.</source>
            <translation>已完成的部分已保存。</translation>
        </message>
        <message>
            <source>The queue is paused.</source>
            <translation>队列已暂停。</translation>
        </message>
        <message>
            <source>Resume the queue</source>
            <translation>继续队列</translation>
        </message>
        <message>
            <source>The picture waits for you, and the queue with it.</source>
            <translation>图像在等待您的决定，队列也在等待。</translation>
        </message>
    </context>
    <context>
        <name>Readout</name>
        <message>
            <source>Pixel under the cursor</source>
            <translation>光标处的像素</translation>
        </message>
    </context>
    <context>
        <name>Recaller</name>
        <message>
            <source>Use prompt</source>
            <translation>使用提示词</translation>
        </message>
        <message>
            <source>Use seed</source>
            <translation>使用种子</translation>
        </message>
        <message>
            <source>Use everything</source>
            <translation>使用全部设置</translation>
        </message>
        <message>
            <source>Upscale it</source>
            <translation>放大它</translation>
        </message>
        <message>
            <source>Open</source>
            <translation>打开</translation>
        </message>
        <message>
            <source>{0}, made with {1}: {2}</source>
            <translation>{0}，由 {1} 生成：{2}</translation>
        </message>
        <message>
            <source>It was made with LoRAs, which you can choose under add-ons: {0}.</source>
            <translation>它使用了以下 LoRA，可在“附加文件”中选择：{0}。</translation>
        </message>
        <message>
            <source>Not on this computer, and left out: {0}</source>
            <translation>不在这台电脑上，已略去：{0}</translation>
        </message>
    </context>
    <context>
        <name>RedrawControls</name>
        <message>
            <source>Strength</source>
            <translation>重绘幅度</translation>
        </message>
        <message>
            <source>How much of the patch is drawn anew: 10 % sharpens, 100 % starts from noise</source>
            <translation>分块重绘的程度：10 % 只是锐化，100 % 从纯噪声开始</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步数</translation>
        </message>
        <message>
            <source>Steps of the whole schedule, of which the strength’s share runs</source>
            <translation>整个调度的步数，实际运行其中由强度决定的部分</translation>
        </message>
        <message>
            <source>Variations</source>
            <translation>变体</translation>
        </message>
        <message>
            <source>How many variations to draw, to keep one of</source>
            <translation>绘制多少个变体，从中保留一个</translation>
        </message>
        <message>
            <source>Seed</source>
            <translation>种子</translation>
        </message>
        <message>
            <source>seed and steps</source>
            <translation>种子与步数</translation>
        </message>
        <message>
            <source>Regenerate all {0}</source>
            <translation>重新生成全部 {0} 个</translation>
        </message>
        <message>
            <source>Regenerate</source>
            <translation>重新生成</translation>
        </message>
    </context>
    <context>
        <name>RequestPanel</name>
        <message>
            <source>Prompt</source>
            <translation>提示词</translation>
        </message>
        <message>
            <source>Say what the picture shows</source>
            <translation>写下画面内容</translation>
        </message>
        <message>
            <source>Avoid</source>
            <translation>负面提示词</translation>
        </message>
        <message>
            <source>What the picture should not look like</source>
            <translation>画面中不想出现的内容</translation>
        </message>
        <message>
            <source>avoid</source>
            <translation>负面提示词</translation>
        </message>
        <message>
            <source>What the picture should not look like (negative prompt)</source>
            <translation>画面中不想出现的内容（负面提示词）</translation>
        </message>
        <message>
            <source>more</source>
            <translation>更多</translation>
        </message>
        <message>
            <source>Style, the captioner’s question, wildcards</source>
            <translation>风格、向描述模型的提问、通配符</translation>
        </message>
        <message>
            <source>Preset</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Demo model</source>
            <translation>演示模型</translation>
        </message>
        <message>
            <source>Choose an SDXL model</source>
            <translation>选择 SDXL 模型</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Demo captioner</source>
            <translation>演示描述模型</translation>
        </message>
        <message>
            <source>Choose a captioner folder, for example LLaVA</source>
            <translation>选择描述模型文件夹，例如 LLaVA</translation>
        </message>
        <message>
            <source>None: the prompt for every patch</source>
            <translation>无：所有分块都用提示词</translation>
        </message>
        <message>
            <source>The prompt’s words, where they are</source>
            <translation>提示词中的词语，按其所在位置</translation>
        </message>
        <message>
            <source>Only mine</source>
            <translation>仅用我写的</translation>
        </message>
        <message>
            <source>Captions</source>
            <translation>分块描述</translation>
        </message>
        <message>
            <source>Review captions</source>
            <translation>检查描述</translation>
        </message>
        <message>
            <source>What the whole picture shows; it keeps all patches together</source>
            <translation>整幅画面的内容；它让所有分块保持一致</translation>
        </message>
        <message>
            <source>Negative prompt: the model steers away from these words</source>
            <translation>负面提示词：模型会避开这些内容</translation>
        </message>
        <message>
            <source>Each phase waits after it is described, so that you can correct its captions</source>
            <translation>每个阶段描述完后会暂停，方便你修改描述</translation>
        </message>
        <message>
            <source>All settings of the method at once: how much work, how much detail</source>
            <translation>一次选定所有方法设置：多少运算，多少细节</translation>
        </message>
        <message>
            <source>balanced: captions everywhere, the default</source>
            <translation>balanced：处处使用描述，默认选项</translation>
        </message>
        <message>
            <source>fast: a third of the work, for trying out</source>
            <translation>fast：三分之一的运算量，适合试画</translation>
        </message>
        <message>
            <source>paper: the published method, slow</source>
            <translation>paper：论文中的方法，较慢</translation>
        </message>
        <message>
            <source>demofusion: one prompt for all patches</source>
            <translation>demofusion：所有分块共用一个提示词</translation>
        </message>
        <message>
            <source>PROMPT</source>
            <translation>提示词</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>尺寸</translation>
        </message>
        <message>
            <source>Strength</source>
            <translation>重绘幅度</translation>
        </message>
        <message>
            <source>Seed</source>
            <translation>种子</translation>
        </message>
        <message>
            <source>Nothing: the captioner says what your picture shows</source>
            <translation>留空：由描述模型说明图像内容</translation>
        </message>
        <message>
            <source>Add to queue</source>
            <translation>加入队列</translation>
        </message>
        <message>
            <source>Generate</source>
            <translation>生成</translation>
        </message>
        <message>
            <source>Ctrl+Return; in front of the queue: Ctrl+Shift+Return</source>
            <translation>Ctrl+Return；插到队列最前：Ctrl+Shift+Return</translation>
        </message>
        <message>
            <source>Ctrl+Return</source>
            <translation>Ctrl+Return</translation>
        </message>
    </context>
    <context>
        <name>SearchBar</name>
        <message>
            <source>Search captions</source>
            <translation>搜索描述</translation>
        </message>
        <message>
            <source>Which captions</source>
            <translation>哪些描述</translation>
        </message>
        <message>
            <source>all</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>edited</source>
            <translation>已编辑</translation>
        </message>
        <message>
            <source>locked</source>
            <translation>已锁定</translation>
        </message>
        <message>
            <source>stale</source>
            <translation>已过时</translation>
        </message>
        <message>
            <source>flagged</source>
            <translation>待检查</translation>
        </message>
        <message>
            <source>What can be done with patches</source>
            <translation>可对分块进行的操作</translation>
        </message>
        <message>
            <source>Patches</source>
            <translation>分块</translation>
        </message>
        <message>
            <source>Replace with</source>
            <translation>替换为</translation>
        </message>
        <message>
            <source>Replace all</source>
            <translation>全部替换</translation>
        </message>
        <message>
            <source>In every caption of the phase that is not locked; one step of undo</source>
            <translation>替换此阶段所有未锁定的描述；可一步撤销</translation>
        </message>
        <message>
            <source>Captions changed: {0}.</source>
            <translation>已修改 {0} 条描述。</translation>
        </message>
    </context>
    <context>
        <name>SecondThought</name>
        <message>
            <source>This has been worked on for {0}.</source>
            <translation>这项工作已进行了 {0}。</translation>
        </message>
        <message>
            <source>Esc once more cancels it; what is finished is kept.</source>
            <translation>再按一次 Esc 即取消；已完成的部分会保留。</translation>
        </message>
        <message>
            <source>Cancel it</source>
            <translation>取消它</translation>
        </message>
        <message>
            <source>A picture is still being drawn.</source>
            <translation>还有图像正在生成。</translation>
        </message>
        <message>
            <source>Finished phases are kept; the same request goes on from them later. Closing once more stops it, too.</source>
            <translation>已完成的阶段会保留；之后可以用同一请求从那里继续。再次关闭也会停止绘制。</translation>
        </message>
        <message>
            <source>Stop and close</source>
            <translation>停止并关闭</translation>
        </message>
        <message>
            <source>Keep drawing</source>
            <translation>继续生成</translation>
        </message>
    </context>
    <context>
        <name>SeedField</name>
        <message>
            <source>Seed</source>
            <translation>种子</translation>
        </message>
        <message>
            <source>The same seed, settings and device give the same picture; empty: another seed</source>
            <translation>相同的种子、设置和设备会得到相同的图像；留空：换一个种子</translation>
        </message>
        <message>
            <source>Another seed</source>
            <translation>换一个种子</translation>
        </message>
        <message>
            <source>Keep this seed</source>
            <translation>固定此种子</translation>
        </message>
        <message>
            <source>The seed is kept for the next picture</source>
            <translation>下一幅图像沿用此种子</translation>
        </message>
        <message>
            <source>The next picture gets another seed</source>
            <translation>下一幅图像使用新的种子</translation>
        </message>
    </context>
    <context>
        <name>Session</name>
        <message>
            <source>Saved in {0}</source>
            <translation>已保存到 {0}</translation>
        </message>
        <message>
            <source>Choose one of the variations, or discard them.</source>
            <translation>请选择一个变体，或放弃它们。</translation>
        </message>
        <message>
            <source>Drawn again, saved as {0}</source>
            <translation>已重新生成，保存为 {0}</translation>
        </message>
        <message>
            <source>Cancelled.</source>
            <translation>已取消。</translation>
        </message>
        <message>
            <source>Phase {0} waits for your captions.</source>
            <translation>第 {0} 阶段等待你检查描述。</translation>
        </message>
        <message>
            <source>Stopped after phase {0}.</source>
            <translation>已在第 {0} 阶段后停止。</translation>
        </message>
        <message>
            <source>Cancelled. Finished phases are kept: Generate goes on after phase {0}.</source>
            <translation>已取消。已完成的阶段会保留：按“生成”会从第 {0} 阶段之后继续。</translation>
        </message>
        <message>
            <source>A picture is being drawn.</source>
            <translation>正在生成图像。</translation>
        </message>
        <message>
            <source>Open the other one when it is finished.</source>
            <translation>请在完成后再打开另一幅。</translation>
        </message>
        <message>
            <source>The small picture of the measurement does not tell how long this one takes.</source>
            <translation>测量所用的小图不足以说明这张图需要多长时间。</translation>
        </message>
        <message>
            <source>It is known after the first picture like this.</source>
            <translation>画完第一张这样的图像后就知道了。</translation>
        </message>
        <message>
            <source>The device {0} is not here any more: the best one that is here draws.</source>
            <translation>设备 {0} 已不在此处：由现有的最佳设备绘制。</translation>
        </message>
        <message>
            <source>Below at the right another one can be chosen.</source>
            <translation>可在右下角另选设备。</translation>
        </message>
    </context>
    <context>
        <name>SizeField</name>
        <message>
            <source>Square</source>
            <translation>方形</translation>
        </message>
        <message>
            <source>Landscape 4:3</source>
            <translation>横向 4:3</translation>
        </message>
        <message>
            <source>Landscape 3:2</source>
            <translation>横向 3:2</translation>
        </message>
        <message>
            <source>Wide 16:9</source>
            <translation>宽屏 16:9</translation>
        </message>
        <message>
            <source>Portrait 3:4</source>
            <translation>纵向 3:4</translation>
        </message>
        <message>
            <source>Portrait 2:3</source>
            <translation>纵向 2:3</translation>
        </message>
        <message>
            <source>Tall 9:16</source>
            <translation>竖屏 9:16</translation>
        </message>
        <message>
            <source>Width in pixels</source>
            <translation>宽度（像素）</translation>
        </message>
        <message>
            <source>Height in pixels</source>
            <translation>高度（像素）</translation>
        </message>
        <message>
            <source>Usual sizes</source>
            <translation>常用尺寸</translation>
        </message>
        <message>
            <source>Your picture</source>
            <translation>你的图像</translation>
        </message>
        <message>
            <source>{0}× its sides</source>
            <translation>边长的 {0} 倍</translation>
        </message>
        <message>
            <source>{0} megapixels</source>
            <translation>{0} 百万像素</translation>
        </message>
        <message>
            <source>Exchange width and height</source>
            <translation>交换宽度和高度</translation>
        </message>
    </context>
    <context>
        <name>StartRow</name>
        <message>
            <source>Start from nothing again</source>
            <translation>重新从零开始</translation>
        </message>
        <message>
            <source>Starts from {0}</source>
            <translation>从 {0} 开始</translation>
        </message>
    </context>
    <context>
        <name>StatusLine</name>
        <message>
            <source>Nothing you write or draw leaves this machine</source>
            <translation>你写的和画的一切都不会离开本机</translation>
        </message>
        <message>
            <source>Status</source>
            <translation>状态</translation>
        </message>
        <message>
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Stop after this phase</source>
            <translation>此阶段后停止</translation>
        </message>
        <message>
            <source>Continue</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>offline</source>
            <translation>离线</translation>
        </message>
        <message>
            <source>asking the hub</source>
            <translation>正在询问 Hub</translation>
        </message>
        <message>
            <source>downloading</source>
            <translation>正在下载</translation>
        </message>
        <message>
            <source>Stopping…</source>
            <translation>正在停止…</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>就绪</translation>
        </message>
    </context>
    <context>
        <name>StrengthRow</name>
        <message>
            <source>Strength</source>
            <translation>重绘幅度</translation>
        </message>
        <message>
            <source>As the preset has it</source>
            <translation>恢复预设值</translation>
        </message>
        <message>
            <source>As the preset has it, or the model wants it</source>
            <translation>使用预设的值，或模型所要求的值</translation>
        </message>
        <message>
            <source>How much of each phase is drawn anew: 10 % only sharpens, 50 % invents detail, 100 % starts from noise; more takes longer</source>
            <translation>每个阶段重绘的程度：10 % 只是锐化，50 % 会添加细节，100 % 从纯噪声开始；幅度越大耗时越长</translation>
        </message>
        <message>
            <source>{0} of {1} steps run in each phase after the first</source>
            <translation>第一阶段之后的每个阶段只运行 {1} 步中的 {0} 步</translation>
        </message>
        <message>
            <source>{0} to {1} % are the same: steps are whole</source>
            <translation>{0} 到 {1} % 结果相同：步数是整数</translation>
        </message>
    </context>
    <context>
        <name>StyleField</name>
        <message>
            <source>photograph</source>
            <translation>摄影</translation>
        </message>
        <message>
            <source>film still</source>
            <translation>电影剧照</translation>
        </message>
        <message>
            <source>black and white</source>
            <translation>黑白</translation>
        </message>
        <message>
            <source>watercolor</source>
            <translation>水彩</translation>
        </message>
        <message>
            <source>oil painting</source>
            <translation>油画</translation>
        </message>
        <message>
            <source>gouache</source>
            <translation>水粉</translation>
        </message>
        <message>
            <source>ink drawing</source>
            <translation>墨线画</translation>
        </message>
        <message>
            <source>pencil sketch</source>
            <translation>铅笔素描</translation>
        </message>
        <message>
            <source>woodcut</source>
            <translation>木刻</translation>
        </message>
        <message>
            <source>children's book</source>
            <translation>童书插画</translation>
        </message>
        <message>
            <source>concept art</source>
            <translation>概念艺术</translation>
        </message>
        <message>
            <source>isometric</source>
            <translation>等距视图</translation>
        </message>
        <message>
            <source>Style</source>
            <translation>风格</translation>
        </message>
        <message>
            <source>Words around the prompt and what to avoid; they are shown below</source>
            <translation>加在提示词和避免内容周围的词语，显示在下方</translation>
        </message>
        <message>
            <source>Styles of your own</source>
            <translation>自己的风格</translation>
        </message>
        <message>
            <source>Choose a file of styles…</source>
            <translation>选择风格文件…</translation>
        </message>
        <message>
            <source>Only those that come along</source>
            <translation>只用自带的风格</translation>
        </message>
        <message>
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Styles of your own: a JSON file, or styles.csv of A1111</source>
            <translation>自己的风格：JSON 文件，或 A1111 的 styles.csv</translation>
        </message>
        <message>
            <source>File of styles</source>
            <translation>风格文件</translation>
        </message>
        <message>
            <source>Styles (*.json *.csv)</source>
            <translation>风格 (*.json *.csv)</translation>
        </message>
    </context>
    <context>
        <name>TicketList</name>
        <message>
            <source>Pictures in the queue</source>
            <translation>队列中的图像</translation>
        </message>
    </context>
    <context>
        <name>TokenLabel</name>
        <message>
            <source>Tokens of the prompt</source>
            <translation>提示词的标记数</translation>
        </message>
        <message>
            <source>(words:1.3) count more, (words:0.7) less; Ctrl+Up and Ctrl+Down do it for you.</source>
            <translation>(词语:1.3) 更受重视，(词语:0.7) 则更弱；按 Ctrl+↑ 和 Ctrl+↓ 即可调整。</translation>
        </message>
        <message>
            <source>BREAK begins another part, which the model reads by itself.</source>
            <translation>BREAK 开始新的一段，模型会单独读取它。</translation>
        </message>
        <message>
            <source>A bracket without its partner is drawn as it stands; \( and \) always are.</source>
            <translation>没有配对的括号按原样理解；\( 和 \) 总是如此。</translation>
        </message>
        <message>
            <source>{0} is no syntax</source>
            <translation>{0} 不是语法</translation>
        </message>
        <message>
            <source>{0} has no partner</source>
            <translation>{0} 没有配对</translation>
        </message>
        <message>
            <source>{0} tokens; the model reads {1} at once.</source>
            <translation>{0} 个标记；模型一次读取 {1} 个。</translation>
        </message>
        <message>
            <source>It reads this prompt in {0} parts: words hang together less across them.</source>
            <translation>它分 {0} 段读取此提示词：不同段里的词语联系较弱。</translation>
        </message>
        <message>
            <source>{0} is read as words: LoRAs are add-ons of the model, below.</source>
            <translation>{0} 会被当作普通文字：LoRA 请在下方的“附加文件”中添加。</translation>
        </message>
    </context>
    <context>
        <name>Tour</name>
        <message>
            <source>Skip</source>
            <translation>跳过</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} / {1}</translation>
        </message>
        <message>
            <source>Done</source>
            <translation>完成</translation>
        </message>
        <message>
            <source>Next</source>
            <translation>下一步</translation>
        </message>
    </context>
    <context>
        <name>Undo</name>
        <message>
            <source>Undone: {0}</source>
            <translation>已撤销：{0}</translation>
        </message>
        <message>
            <source>Done again: {0}</source>
            <translation>已重做：{0}</translation>
        </message>
    </context>
    <context>
        <name>VariationRow</name>
        <message>
            <source>Accept</source>
            <translation>采用</translation>
        </message>
        <message>
            <source>Keep the one that is shown (Return)</source>
            <translation>保留当前显示的变体 (Return)</translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>放弃</translation>
        </message>
        <message>
            <source>Back to what was (Esc)</source>
            <translation>回到原来的样子 (Esc)</translation>
        </message>
        <message>
            <source>variation {0} of {1}</source>
            <translation>变体 {0} / {1}</translation>
        </message>
        <message>
            <source>as it was</source>
            <translation>原样</translation>
        </message>
        <message>
            <source>Variation {0}</source>
            <translation>变体 {0}</translation>
        </message>
        <message>
            <source>As it was</source>
            <translation>原样</translation>
        </message>
    </context>
    <context>
        <name>_Row</name>
        <message>
            <source>Take {0} away</source>
            <translation>移除 {0}</translation>
        </message>
    </context>
    <context>
        <name>actions</name>
        <message>
            <source>&amp;New</source>
            <translation>新建(&amp;N)</translation>
        </message>
        <message>
            <source>Begins another picture; this one is kept</source>
            <translation>开始另一张图像；当前这张会保存</translation>
        </message>
        <message>
            <source>Open pro&amp;ject…</source>
            <translation>打开项目(&amp;J)…</translation>
        </message>
        <message>
            <source>Goes on with a project, undo included</source>
            <translation>继续一个项目，包括撤销记录</translation>
        </message>
        <message>
            <source>&amp;Save</source>
            <translation>保存(&amp;S)</translation>
        </message>
        <message>
            <source>Makes this what you saved; changes are kept beside it at once, also if the power fails</source>
            <translation>将当前内容作为您保存的状态；之后的更改会立即保存在旁边，断电也不会丢失</translation>
        </message>
        <message>
            <source>Save &amp;as…</source>
            <translation>另存为(&amp;A)…</translation>
        </message>
        <message>
            <source>Gives the project a name and a place</source>
            <translation>为项目指定名称和位置</translation>
        </message>
        <message>
            <source>Re&amp;vert to saved</source>
            <translation>恢复到已保存(&amp;V)</translation>
        </message>
        <message>
            <source>Brings back what you saved last; what you have now is kept as a snapshot</source>
            <translation>恢复您上次保存的内容；现在的内容会存为快照</translation>
        </message>
        <message>
            <source>&amp;Keep a snapshot…</source>
            <translation>保存快照(&amp;K)…</translation>
        </message>
        <message>
            <source>Gives this state of the work a name to come back to</source>
            <translation>为当前状态命名，以便以后返回</translation>
        </message>
        <message>
            <source>Export project as &amp;zip…</source>
            <translation>将项目导出为 Zip(&amp;Z)…</translation>
        </message>
        <message>
            <source>Puts all versions of the work into one file</source>
            <translation>将作品的所有版本放入一个文件</translation>
        </message>
        <message>
            <source>&amp;Import project…</source>
            <translation>导入项目(&amp;I)…</translation>
        </message>
        <message>
            <source>Unpacks a project from such a file</source>
            <translation>从这样的文件中解出项目</translation>
        </message>
        <message>
            <source>&amp;Open a picture…</source>
            <translation>打开图像(&amp;O)…</translation>
        </message>
        <message>
            <source>Opens a picture of ours with its phases and captions, or reads the settings out of any other</source>
            <translation>打开本程序的图像及其阶段和描述，或读取其他图像中的生成设置</translation>
        </message>
        <message>
            <source>&amp;Upscale a picture…</source>
            <translation>放大图像(&amp;U)…</translation>
        </message>
        <message>
            <source>Starts from a picture of your own and draws it larger, with new detail</source>
            <translation>从你自己的图像开始，将其画得更大并添加新细节</translation>
        </message>
        <message>
            <source>&amp;Export…</source>
            <translation>导出(&amp;E)…</translation>
        </message>
        <message>
            <source>Writes the picture for other programs: PNG, JPEG, WebP, AVIF, TIFF or OpenRaster</source>
            <translation>为其他程序写出图像：PNG、JPEG、WebP、AVIF、TIFF 或 OpenRaster</translation>
        </message>
        <message>
            <source>Show in &amp;folder</source>
            <translation>在文件夹中显示(&amp;F)</translation>
        </message>
        <message>
            <source>Every finished phase lies there as a file, with its settings inside</source>
            <translation>每个完成的阶段都是那里的一个文件，设置保存在文件内</translation>
        </message>
        <message>
            <source>&amp;Models…</source>
            <translation>模型(&amp;M)…</translation>
        </message>
        <message>
            <source>Models, LoRAs and captioners on this computer: found in place, verified, downloaded when you ask</source>
            <translation>本机上的模型、LoRA 和描述模型：就地查找、校验，仅在您要求时下载</translation>
        </message>
        <message>
            <source>&amp;Device and precision…</source>
            <translation>设备与精度(&amp;D)…</translation>
        </message>
        <message>
            <source>What draws the next pictures, in how many bits, and whether the model is compiled first</source>
            <translation>由什么绘制下面的图片、用多少位，以及是否先编译模型</translation>
        </message>
        <message>
            <source>Folder for &amp;pictures…</source>
            <translation>图像文件夹(&amp;P)…</translation>
        </message>
        <message>
            <source>Where finished pictures are written to</source>
            <translation>完成的图像保存到哪里</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>退出(&amp;Q)</translation>
        </message>
        <message>
            <source>Settings, layout and request are kept for the next time</source>
            <translation>设置、布局和当前内容会保留到下次</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>撤销(&amp;U)</translation>
        </message>
        <message>
            <source>Takes back what you did last, also in the left panel</source>
            <translation>撤销最近的操作，左侧面板中的也可以撤销</translation>
        </message>
        <message>
            <source>&amp;Redo</source>
            <translation>重做(&amp;R)</translation>
        </message>
        <message>
            <source>Does again what was undone</source>
            <translation>重做已撤销的操作</translation>
        </message>
        <message>
            <source>&amp;Generate</source>
            <translation>生成(&amp;G)</translation>
        </message>
        <message>
            <source>Draws the prompt at the size asked for, phase by phase</source>
            <translation>按所选尺寸逐阶段生成提示词的画面</translation>
        </message>
        <message>
            <source>Add in fro&amp;nt of the queue</source>
            <translation>插到队列最前(&amp;N)</translation>
        </message>
        <message>
            <source>Draws this picture next, before all that wait</source>
            <translation>接下来先绘制这张图像，排在所有等待的图像之前</translation>
        </message>
        <message>
            <source>Draw this &amp;instead</source>
            <translation>改为绘制这幅(&amp;I)</translation>
        </message>
        <message>
            <source>Cancels the picture in work and all that wait, and draws this one</source>
            <translation>取消正在绘制和所有等待的图像，绘制这一幅</translation>
        </message>
        <message>
            <source>&amp;2</source>
            <translation>&amp;2</translation>
        </message>
        <message>
            <source>Pictures with as many seeds in a row, one after the other; star in the history what you keep</source>
            <translation>用这么多个连续的种子依次绘制；在历史中为要保留的加星标</translation>
        </message>
        <message>
            <source>&amp;4</source>
            <translation>&amp;4</translation>
        </message>
        <message>
            <source>&amp;8</source>
            <translation>&amp;8</translation>
        </message>
        <message>
            <source>1&amp;6</source>
            <translation>1&amp;6</translation>
        </message>
        <message>
            <source>&amp;Queue</source>
            <translation>队列(&amp;Q)</translation>
        </message>
        <message>
            <source>Shows the pictures that wait for their turn</source>
            <translation>显示等待绘制的图像</translation>
        </message>
        <message>
            <source>&amp;Cancel</source>
            <translation>取消(&amp;C)</translation>
        </message>
        <message>
            <source>Stops at once; finished phases are kept, and the same request goes on from them</source>
            <translation>立即停止；已完成的阶段会保留，相同的请求会从那里继续</translation>
        </message>
        <message>
            <source>Cancel all that &amp;wait</source>
            <translation>取消所有等待的图像(&amp;W)</translation>
        </message>
        <message>
            <source>Draws nothing but the picture in work; what waited can be drawn again from the queue</source>
            <translation>只绘完正在绘制的图像；等待的图像可从队列中重新绘制</translation>
        </message>
        <message>
            <source>Cancel &amp;everything</source>
            <translation>全部取消(&amp;E)</translation>
        </message>
        <message>
            <source>The picture in work and all that wait; finished phases are kept</source>
            <translation>取消正在绘制和所有等待的图像；已完成的阶段会保留</translation>
        </message>
        <message>
            <source>C&amp;ontinue</source>
            <translation>继续(&amp;O)</translation>
        </message>
        <message>
            <source>Draws what is missing, under the captions of now</source>
            <translation>按当前描述生成余下的部分</translation>
        </message>
        <message>
            <source>&amp;Stop after this phase</source>
            <translation>此阶段后停止(&amp;S)</translation>
        </message>
        <message>
            <source>Finishes the phase in work; Continue then draws the next one</source>
            <translation>完成当前阶段后停下；按“继续”生成下一阶段</translation>
        </message>
        <message>
            <source>Select &amp;all</source>
            <translation>全选(&amp;A)</translation>
        </message>
        <message>
            <source>Chooses every patch of the phase</source>
            <translation>选中此阶段的所有分块</translation>
        </message>
        <message>
            <source>Select the &amp;neighbours too</source>
            <translation>同时选中相邻分块(&amp;N)</translation>
        </message>
        <message>
            <source>Adds the patches around the chosen ones, for a change that needs more room</source>
            <translation>加入所选分块周围的分块，适合需要更大范围的改动</translation>
        </message>
        <message>
            <source>&amp;Edit the caption</source>
            <translation>编辑描述(&amp;E)</translation>
        </message>
        <message>
            <source>Opens the words of the patch in its place on the picture</source>
            <translation>在图像上就地编辑分块的描述</translation>
        </message>
        <message>
            <source>&amp;Find and replace…</source>
            <translation>查找和替换(&amp;F)…</translation>
        </message>
        <message>
            <source>Searches the captions of all patches and replaces words in them</source>
            <translation>搜索所有分块的描述并替换其中的词</translation>
        </message>
        <message>
            <source>&amp;Lock or unlock</source>
            <translation>锁定或解锁(&amp;L)</translation>
        </message>
        <message>
            <source>Nothing changes a locked caption, neither you nor the captioner</source>
            <translation>锁定的描述不会被改动，无论是你还是描述模型</translation>
        </message>
        <message>
            <source>Re&amp;vert to the captioner’s words</source>
            <translation>还原为描述模型的原文(&amp;V)</translation>
        </message>
        <message>
            <source>Back to what the captioner said</source>
            <translation>恢复描述模型写的内容</translation>
        </message>
        <message>
            <source>&amp;Copy to the neighbours</source>
            <translation>复制到相邻分块(&amp;C)</translation>
        </message>
        <message>
            <source>Gives the patches around this one the same words</source>
            <translation>让周围的分块使用相同的描述</translation>
        </message>
        <message>
            <source>&amp;Save captions…</source>
            <translation>保存描述(&amp;S)…</translation>
        </message>
        <message>
            <source>Writes what all patches of the phase say into a file, to read, to change, or for another picture</source>
            <translation>将此阶段所有分块的描述写入文件，供阅读、修改或用于其他图像</translation>
        </message>
        <message>
            <source>L&amp;oad captions…</source>
            <translation>载入描述(&amp;O)…</translation>
        </message>
        <message>
            <source>Takes captions out of such a file; a picture with another grid gets those of the same place</source>
            <translation>从这样的文件中取出描述；网格不同的图像按相同位置取用</translation>
        </message>
        <message>
            <source>&amp;Describe again</source>
            <translation>重新描述(&amp;D)</translation>
        </message>
        <message>
            <source>Lets the captioner chosen on the left look at the chosen patches once more; locked captions stay</source>
            <translation>让左侧选定的描述模型重新查看所选分块；锁定的描述保持不变</translation>
        </message>
        <message>
            <source>Com&amp;pare with the picture</source>
            <translation>与画面核对(&amp;P)</translation>
        </message>
        <message>
            <source>Describes what was drawn and flags captions that the picture does not show</source>
            <translation>描述实际画出的内容，并标出画面中看不到的描述</translation>
        </message>
        <message>
            <source>&amp;Regenerate</source>
            <translation>重新生成(&amp;R)</translation>
        </message>
        <message>
            <source>Draws the chosen patches again under the captions of now; everything else stays</source>
            <translation>按当前描述局部重绘所选分块，其余保持不变</translation>
        </message>
        <message>
            <source>Ne&amp;xt variation</source>
            <translation>下一个变体(&amp;X)</translation>
        </message>
        <message>
            <source>Looks at the next drawing of the patches</source>
            <translation>查看分块的下一个绘制结果</translation>
        </message>
        <message>
            <source>Previo&amp;us variation</source>
            <translation>上一个变体(&amp;U)</translation>
        </message>
        <message>
            <source>Looks at the drawing before, and before the first one at what was</source>
            <translation>查看上一个绘制结果；第一个之前是原来的样子</translation>
        </message>
        <message>
            <source>Accep&amp;t the variation</source>
            <translation>采用此变体(&amp;T)</translation>
        </message>
        <message>
            <source>The drawing that is shown becomes a version of the picture; undo goes back</source>
            <translation>当前显示的结果成为图像的一个版本；撤销可退回</translation>
        </message>
        <message>
            <source>D&amp;iscard the variations</source>
            <translation>放弃这些变体(&amp;I)</translation>
        </message>
        <message>
            <source>Stays with what was before the patches were drawn again</source>
            <translation>保持分块重绘之前的样子</translation>
        </message>
        <message>
            <source>Draw the phase again from &amp;here</source>
            <translation>从此处重新生成阶段(&amp;H)</translation>
        </message>
        <message>
            <source>Makes another picture that shares the phases before this one, under the captions of now</source>
            <translation>按当前描述生成另一幅图像，与原图共用此前的阶段</translation>
        </message>
        <message>
            <source>&amp;Keep the phase and draw on with the settings of now</source>
            <translation>保留此阶段，按当前设置继续绘制(&amp;K)</translation>
        </message>
        <message>
            <source>Makes another picture: this phase and earlier ones stay, the rest has the seed and settings at the left</source>
            <translation>另成一幅图片：此阶段及之前的阶段保留，其后的阶段采用左侧的种子和设置</translation>
        </message>
        <message>
            <source>Compare with the prompt &amp;alone</source>
            <translation>与仅用提示词的结果对比(&amp;A)</translation>
        </message>
        <message>
            <source>Draws the picture once more without captions, from the same seed, and lays both beside each other</source>
            <translation>用相同的种子、不用分块描述再画一次，然后将两张图并排对比</translation>
        </message>
        <message>
            <source>&amp;Fit</source>
            <translation>适应窗口(&amp;F)</translation>
        </message>
        <message>
            <source>Shows the whole picture</source>
            <translation>显示整幅图像</translation>
        </message>
        <message>
            <source>&amp;100 %</source>
            <translation>&amp;100 %</translation>
        </message>
        <message>
            <source>One pixel of the picture is one pixel of the screen: the honest look at detail</source>
            <translation>图像的一个像素对应屏幕的一个像素：细节的真实样子</translation>
        </message>
        <message>
            <source>&amp;200 %</source>
            <translation>&amp;200 %</translation>
        </message>
        <message>
            <source>&amp;400 %</source>
            <translation>&amp;400 %</translation>
        </message>
        <message>
            <source>&amp;800 %</source>
            <translation>&amp;800 %</translation>
        </message>
        <message>
            <source>Zoom &amp;in</source>
            <translation>放大视图(&amp;I)</translation>
        </message>
        <message>
            <source>Zoom &amp;out</source>
            <translation>缩小视图(&amp;O)</translation>
        </message>
        <message>
            <source>&amp;Grid</source>
            <translation>网格(&amp;G)</translation>
        </message>
        <message>
            <source>Shows how the picture is divided into patches; each has a caption of its own</source>
            <translation>显示图像如何划分为分块；每个分块都有自己的描述</translation>
        </message>
        <message>
            <source>&amp;Captions</source>
            <translation>描述(&amp;C)</translation>
        </message>
        <message>
            <source>Shows on the picture what each patch was told to be</source>
            <translation>在图像上显示每个分块的描述</translation>
        </message>
        <message>
            <source>C&amp;ompare</source>
            <translation>对比(&amp;O)</translation>
        </message>
        <message>
            <source>Lays two pictures over each other: phases, versions, or a file</source>
            <translation>将两幅图像叠在一起：阶段、版本或文件</translation>
        </message>
        <message>
            <source>S&amp;wap A and B</source>
            <translation>交换 A 与 B(&amp;W)</translation>
        </message>
        <message>
            <source>A becomes B and B becomes A</source>
            <translation>A 变成 B，B 变成 A</translation>
        </message>
        <message>
            <source>Next way to co&amp;mpare</source>
            <translation>切换对比方式(&amp;M)</translation>
        </message>
        <message>
            <source>Slider, side by side, difference</source>
            <translation>滑块、并排、差异</translation>
        </message>
        <message>
            <source>Stop comparing</source>
            <translation>结束对比</translation>
        </message>
        <message>
            <source>Back to one picture</source>
            <translation>回到单幅图像</translation>
        </message>
        <message>
            <source>Show &amp;seams</source>
            <translation>显示接缝(&amp;S)</translation>
        </message>
        <message>
            <source>Colours the borders of windows where an edge shows</source>
            <translation>将看得出边缘的窗口接缝标上颜色</translation>
        </message>
        <message>
            <source>Show &amp;repetition</source>
            <translation>显示重复(&amp;R)</translation>
        </message>
        <message>
            <source>Colours patches that look like another one</source>
            <translation>将与其他分块相似的分块标上颜色</translation>
        </message>
        <message>
            <source>Show &amp;what patches cost</source>
            <translation>显示分块的代价(&amp;W)</translation>
        </message>
        <message>
            <source>Says how long each patch takes when it is drawn again</source>
            <translation>说明重绘每个分块需要多久</translation>
        </message>
        <message>
            <source>Next &amp;backdrop</source>
            <translation>切换背景(&amp;B)</translation>
        </message>
        <message>
            <source>Grey, light, dark or checked: judge colours on the ground they will lie on</source>
            <translation>灰、亮、暗或棋盘格：在合适的底色上判断颜色</translation>
        </message>
        <message>
            <source>&amp;History</source>
            <translation>历史(&amp;H)</translation>
        </message>
        <message>
            <source>Earlier pictures, below this one; a click opens one again</source>
            <translation>以前的图像列在下方；点击即可重新打开</translation>
        </message>
        <message>
            <source>Only the &amp;picture</source>
            <translation>仅显示图像(&amp;P)</translation>
        </message>
        <message>
            <source>Folds everything away but the picture</source>
            <translation>收起图像以外的所有面板</translation>
        </message>
        <message>
            <source>&amp;Fold the next panel</source>
            <translation>收起下一个面板(&amp;F)</translation>
        </message>
        <message>
            <source>Captions, history, request, one after the other; once more brings all of them back</source>
            <translation>依次收起描述、历史和请求面板；再按一次全部恢复</translation>
        </message>
        <message>
            <source>Full &amp;screen</source>
            <translation>全屏(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Next panel</source>
            <translation>下一个面板(&amp;N)</translation>
        </message>
        <message>
            <source>From prompt to picture to history to captions</source>
            <translation>依次从提示词到图像、历史、描述</translation>
        </message>
        <message>
            <source>Like the &amp;system</source>
            <translation>跟随系统(&amp;S)</translation>
        </message>
        <message>
            <source>Light, dark or high contrast, as the system is set</source>
            <translation>按系统设置使用浅色、深色或高对比度</translation>
        </message>
        <message>
            <source>&amp;Light</source>
            <translation>浅色(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Dark</source>
            <translation>深色(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;High contrast</source>
            <translation>高对比度(&amp;H)</translation>
        </message>
        <message>
            <source>Black, white and clear outlines</source>
            <translation>黑底白字，轮廓清晰</translation>
        </message>
        <message>
            <source>12&amp;5 %</source>
            <translation>12&amp;5 %</translation>
        </message>
        <message>
            <source>15&amp;0 %</source>
            <translation>15&amp;0 %</translation>
        </message>
        <message>
            <source>1&amp;75 %</source>
            <translation>1&amp;75 %</translation>
        </message>
        <message>
            <source>&amp;English</source>
            <translation>&amp;English</translation>
        </message>
        <message>
            <source>&amp;简体中文</source>
            <translation>&amp;简体中文</translation>
        </message>
        <message>
            <source>Simplified Chinese</source>
            <translation>简体中文</translation>
        </message>
        <message>
            <source>Find an &amp;action…</source>
            <translation>查找操作(&amp;A)…</translation>
        </message>
        <message>
            <source>Type what you want to do, press Return</source>
            <translation>输入想做的事，按回车执行</translation>
        </message>
        <message>
            <source>Show me &amp;around</source>
            <translation>新手导览(&amp;A)</translation>
        </message>
        <message>
            <source>Five stops through the window</source>
            <translation>五步了解界面</translation>
        </message>
        <message>
            <source>&amp;Keyboard and mouse</source>
            <translation>键盘和鼠标(&amp;K)</translation>
        </message>
        <message>
            <source>All keys, to look up and to change, and what the mouse does</source>
            <translation>查看和修改所有快捷键，以及鼠标操作说明</translation>
        </message>
        <message>
            <source>Collect &amp;diagnostics…</source>
            <translation>收集诊断信息(&amp;D)…</translation>
        </message>
        <message>
            <source>Writes versions, settings and logs into one file for whoever helps you; nothing is sent</source>
            <translation>把版本、设置和日志写入一个文件，交给帮助您的人；不会发送任何内容</translation>
        </message>
        <message>
            <source>&amp;About HiPrompt</source>
            <translation>关于 HiPrompt(&amp;A)</translation>
        </message>
        <message>
            <source>, </source>
            <translation>、</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>文件(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Edit</source>
            <translation>编辑(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Patches</source>
            <translation>分块(&amp;P)</translation>
        </message>
        <message>
            <source>Several see&amp;ds</source>
            <translation>多个种子(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>视图(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Theme</source>
            <translation>主题(&amp;T)</translation>
        </message>
        <message>
            <source>&amp;Size of the window’s parts</source>
            <translation>界面缩放(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>语言(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>wheel, pinch</source>
            <translation>滚轮、双指捏合</translation>
        </message>
        <message>
            <source>zoom at the cursor</source>
            <translation>以光标为中心缩放</translation>
        </message>
        <message>
            <source>drag, middle drag, Space + drag</source>
            <translation>拖动、中键拖动、空格 + 拖动</translation>
        </message>
        <message>
            <source>move the picture</source>
            <translation>移动图像</translation>
        </message>
        <message>
            <source>click, arrow keys</source>
            <translation>单击、方向键</translation>
        </message>
        <message>
            <source>choose a patch on the picture</source>
            <translation>在图像上选择分块</translation>
        </message>
        <message>
            <source>Ctrl+click, Space</source>
            <translation>Ctrl+单击、空格</translation>
        </message>
        <message>
            <source>add a patch to the selection, or take it out</source>
            <translation>将分块加入或移出选择</translation>
        </message>
        <message>
            <source>Shift+click, Shift+drag</source>
            <translation>Shift+单击、Shift+拖动</translation>
        </message>
        <message>
            <source>choose many patches</source>
            <translation>选择多个分块</translation>
        </message>
        <message>
            <source>click on its words, double click, Return</source>
            <translation>单击其文字、双击、回车</translation>
        </message>
        <message>
            <source>edit the caption in its place; Tab goes on to the next patch</source>
            <translation>就地编辑描述；Tab 跳到下一个分块</translation>
        </message>
        <message>
            <source>Ctrl+Up, Ctrl+Down in a prompt or caption</source>
            <translation>在提示词或描述中按 Ctrl+↑、Ctrl+↓</translation>
        </message>
        <message>
            <source>let the chosen words count more or less</source>
            <translation>让所选词语更受或更不受重视</translation>
        </message>
        <message>
            <source>Alt+Up, Alt+Down in the prompt</source>
            <translation>在提示词中按 Alt+↑、Alt+↓</translation>
        </message>
        <message>
            <source>go through the prompts of earlier pictures</source>
            <translation>浏览以前图像的提示词</translation>
        </message>
        <message>
            <source>Return, S, Del in the history</source>
            <translation>历史中的回车、S、Del</translation>
        </message>
        <message>
            <source>open, star, move to the trash</source>
            <translation>打开、加星标、移到回收站</translation>
        </message>
    </context>
    <context>
        <name>addons</name>
        <message>
            <source>{0} is gone</source>
            <translation>{0} 已不存在</translation>
        </message>
        <message>
            <source>made for {0}, not for this model</source>
            <translation>为 {0} 制作，不适合此模型</translation>
        </message>
        <message>
            <source>Choose a file</source>
            <translation>选择文件</translation>
        </message>
        <message>
            <source>Models ({0})</source>
            <translation>模型 ({0})</translation>
        </message>
        <message>
            <source>Choose a folder</source>
            <translation>选择文件夹</translation>
        </message>
    </context>
    <context>
        <name>compare</name>
        <message>
            <source>Phase {0}</source>
            <translation>第 {0} 阶段</translation>
        </message>
        <message>
            <source>version {0}</source>
            <translation>版本 {0}</translation>
        </message>
    </context>
    <context>
        <name>core</name>
        <message>
            <source>'{0}' is no repository.</source>
            <translation>“{0}”不是模型仓库的名称。</translation>
        </message>
        <message>
            <source>A caption is given for patch {0} of phase {1}, which there is not.</source>
            <translation>为第 {1} 阶段的分块 {0} 给出了描述，但该分块不存在。</translation>
        </message>
        <message>
            <source>A captioner in {0} needs an NVIDIA or AMD card, but it runs on {1}.</source>
            <translation>{0} 精度的描述模型需要 NVIDIA 或 AMD 显卡，但它在 {1} 上运行。</translation>
        </message>
        <message>
            <source>A captioner in {0} needs the package bitsandbytes, which is not installed.</source>
            <translation>{0} 精度的描述模型需要 bitsandbytes 软件包，但尚未安装。</translation>
        </message>
        <message>
            <source>A config of {0} lacks {1}.</source>
            <translation>{0} 的配置缺少 {1}。</translation>
        </message>
        <message>
            <source>Accept them at {0}, log in with 'hf auth login', then try again.</source>
            <translation>请在 {0} 接受条款，用“hf auth login”登录，然后重试。</translation>
        </message>
        <message>
            <source>Add it once, with one weight.</source>
            <translation>只添加一次，并设一个权重。</translation>
        </message>
        <message>
            <source>Apple's GPUs have no numbers of eight bits (float8).</source>
            <translation>Apple 的 GPU 不支持八位浮点数（float8）。</translation>
        </message>
        <message>
            <source>Captions are given for phase {0}, which is kept.</source>
            <translation>为第 {0} 阶段给出了描述，但该阶段是保留下来的。</translation>
        </message>
        <message>
            <source>Captions are given, but captions are off.</source>
            <translation>给出了描述，但描述功能已关闭。</translation>
        </message>
        <message>
            <source>Captions are on, but no captioner is given.</source>
            <translation>描述功能已开启，但没有指定描述模型。</translation>
        </message>
        <message>
            <source>Captions come from {0}, but a captioner is given.</source>
            <translation>描述来自 {0}，但又指定了描述模型。</translation>
        </message>
        <message>
            <source>Captions come from {0}, but captions are off.</source>
            <translation>描述来自 {0}，但描述功能已关闭。</translation>
        </message>
        <message>
            <source>Change one of these files.</source>
            <translation>请修改其中一个文件。</translation>
        </message>
        <message>
            <source>Check HF_ENDPOINT and the proxy.</source>
            <translation>请检查 HF_ENDPOINT 和代理设置。</translation>
        </message>
        <message>
            <source>Check its name; for a private one, log in with 'hf auth login'.</source>
            <translation>请检查名称；如果是私有模型，请用“hf auth login”登录。</translation>
        </message>
        <message>
            <source>Check its permissions.</source>
            <translation>请检查其权限。</translation>
        </message>
        <message>
            <source>Check the clock and the proxy of this computer.</source>
            <translation>请检查本机的时钟和代理设置。</translation>
        </message>
        <message>
            <source>Check the connection of this computer to the internet.</source>
            <translation>请检查本机的网络连接。</translation>
        </message>
        <message>
            <source>Check the file.</source>
            <translation>请检查该文件。</translation>
        </message>
        <message>
            <source>Check the path of the styles.</source>
            <translation>请检查风格文件的路径。</translation>
        </message>
        <message>
            <source>Check the path.</source>
            <translation>请检查路径。</translation>
        </message>
        <message>
            <source>Choose PNG or TIFF.</source>
            <translation>请选择 PNG 或 TIFF。</translation>
        </message>
        <message>
            <source>Choose a .safetensors file or a model folder.</source>
            <translation>请选择 .safetensors 文件或模型文件夹。</translation>
        </message>
        <message>
            <source>Choose a ControlNet for tiles.</source>
            <translation>请选择用于分块（tile）的 ControlNet。</translation>
        </message>
        <message>
            <source>Choose a LoRA in kohya's or peft's format.</source>
            <translation>请选择 kohya 或 peft 格式的 LoRA。</translation>
        </message>
        <message>
            <source>Choose a VAE made for this model's family.</source>
            <translation>请选择适用于此模型系列的 VAE。</translation>
        </message>
        <message>
            <source>Choose a VAE's folder or its .safetensors file.</source>
            <translation>请选择 VAE 的文件夹或其 .safetensors 文件。</translation>
        </message>
        <message>
            <source>Choose a captioner.</source>
            <translation>请选择描述模型。</translation>
        </message>
        <message>
            <source>Choose a checkpoint of one of these kinds, or a folder: {0}.</source>
            <translation>请选择以下类型之一的模型检查点，或一个文件夹：{0}。</translation>
        </message>
        <message>
            <source>Choose a file that was saved with Save captions.</source>
            <translation>请选择用“保存描述”保存的文件。</translation>
        </message>
        <message>
            <source>Choose a folder that ends in {0}.</source>
            <translation>请选择以 {0} 结尾的文件夹。</translation>
        </message>
        <message>
            <source>Choose a folder that you may write to.</source>
            <translation>请选择有写入权限的文件夹。</translation>
        </message>
        <message>
            <source>Choose a larger size, or keep fewer phases.</source>
            <translation>请选择更大的尺寸，或少保留几个阶段。</translation>
        </message>
        <message>
            <source>Choose a later phase.</source>
            <translation>请选择靠后的阶段。</translation>
        </message>
        <message>
            <source>Choose a model of one of these families: {0}.</source>
            <translation>请选择以下系列之一的模型：{0}。</translation>
        </message>
        <message>
            <source>Choose a model with a UNet, or leave it.</source>
            <translation>请选择带有 UNet 的模型，或不使用它。</translation>
        </message>
        <message>
            <source>Choose a picture made by HiPrompt, A1111, InvokeAI, ComfyUI or Fooocus with its metadata kept.</source>
            <translation>请选择由 HiPrompt、A1111、InvokeAI、ComfyUI 或 Fooocus 生成且保留了元数据的图像。</translation>
        </message>
        <message>
            <source>Choose a picture made by this program.</source>
            <translation>请选择由本程序生成的图像。</translation>
        </message>
        <message>
            <source>Choose a repository with safetensors files.</source>
            <translation>请选择含有 safetensors 文件的仓库。</translation>
        </message>
        <message>
            <source>Choose a size of the same shape.</source>
            <translation>请选择相同形状的尺寸。</translation>
        </message>
        <message>
            <source>Choose a smaller picture.</source>
            <translation>请选择较小的图像。</translation>
        </message>
        <message>
            <source>Choose a smaller view batch or VAE tile, a smaller size or another device.</source>
            <translation>请减小视图批量、VAE 分片或图像尺寸，或换用其他设备。</translation>
        </message>
        <message>
            <source>Choose a text-to-image model.</source>
            <translation>请选择文生图模型。</translation>
        </message>
        <message>
            <source>Choose a version of it in fp16, bf16 or fp32.</source>
            <translation>请选择 fp16、bf16 或 fp32 的版本。</translation>
        </message>
        <message>
            <source>Choose an upscaler as .safetensors (ESRGAN, Compact, SwinIR, DAT, HAT, SPAN, …) or the folder of a Swin2SR.</source>
            <translation>请选择 .safetensors 格式的放大模型（ESRGAN、Compact、SwinIR、DAT、HAT、SPAN 等），或 Swin2SR 的文件夹。</translation>
        </message>
        <message>
            <source>Choose another captioner, or turn captions off.</source>
            <translation>请选择其他描述模型，或关闭描述。</translation>
        </message>
        <message>
            <source>Choose another captioner.</source>
            <translation>请选择其他描述模型。</translation>
        </message>
        <message>
            <source>Choose another disk.</source>
            <translation>请选择其他磁盘。</translation>
        </message>
        <message>
            <source>Choose another file.</source>
            <translation>请选择其他文件。</translation>
        </message>
        <message>
            <source>Choose another folder.</source>
            <translation>请选择其他文件夹。</translation>
        </message>
        <message>
            <source>Choose another model.</source>
            <translation>请选择其他模型。</translation>
        </message>
        <message>
            <source>Choose another name or folder.</source>
            <translation>请选择其他名称或文件夹。</translation>
        </message>
        <message>
            <source>Choose another name.</source>
            <translation>请使用其他名称。</translation>
        </message>
        <message>
            <source>Choose another one.</source>
            <translation>请选择另一个。</translation>
        </message>
        <message>
            <source>Choose another picture.</source>
            <translation>请选择其他图像。</translation>
        </message>
        <message>
            <source>Choose at least one patch to describe.</source>
            <translation>请至少选择一个要描述的分块。</translation>
        </message>
        <message>
            <source>Choose at least one patch to draw again.</source>
            <translation>请至少选择一个要重绘的分块。</translation>
        </message>
        <message>
            <source>Choose it again.</source>
            <translation>请重新选择它。</translation>
        </message>
        <message>
            <source>Choose its folder, or turn captions off.</source>
            <translation>请选择它的文件夹，或关闭描述。</translation>
        </message>
        <message>
            <source>Choose one made for this model's family.</source>
            <translation>请选择适用于此模型系列的文件。</translation>
        </message>
        <message>
            <source>Choose one of the two.</source>
            <translation>请二选一。</translation>
        </message>
        <message>
            <source>Choose one of these: {0}.</source>
            <translation>请选择以下格式之一：{0}。</translation>
        </message>
        <message>
            <source>Choose one that transformers knows by itself.</source>
            <translation>请选择 transformers 自身支持的模型。</translation>
        </message>
        <message>
            <source>Choose one that was made for this model's family.</source>
            <translation>请选择为此模型系列制作的文件。</translation>
        </message>
        <message>
            <source>Choose the ProMax version, or a ControlNet for tiles alone.</source>
            <translation>请选择 ProMax 版本，或仅用于分块（tile）的 ControlNet。</translation>
        </message>
        <message>
            <source>Choose the folder of a captioner.</source>
            <translation>请选择描述模型的文件夹。</translation>
        </message>
        <message>
            <source>Choose the folder of a generated picture.</source>
            <translation>请选择已生成图像的文件夹。</translation>
        </message>
        <message>
            <source>Choose the folder of a model in the diffusers layout.</source>
            <translation>请选择 diffusers 格式的模型文件夹。</translation>
        </message>
        <message>
            <source>Choose the folder of the whole model.</source>
            <translation>请选择整个模型的文件夹。</translation>
        </message>
        <message>
            <source>Choose the repository of a model.</source>
            <translation>请选择模型的仓库。</translation>
        </message>
        <message>
            <source>Close it there first.</source>
            <translation>请先在那里关闭它。</translation>
        </message>
        <message>
            <source>Close other programs, or choose a smaller captioner.</source>
            <translation>请关闭其他程序，或选择更小的描述模型。</translation>
        </message>
        <message>
            <source>Close other programs, or make the picture smaller first.</source>
            <translation>请关闭其他程序，或先将图片缩小。</translation>
        </message>
        <message>
            <source>Close other programs, then draw the same patches again: finished steps are kept.</source>
            <translation>请关闭其他程序，然后再次重绘相同的分块：已完成的步骤会保留。</translation>
        </message>
        <message>
            <source>Compiling makes the model no faster here: it runs as it is.</source>
            <translation>在本机上编译不会让模型更快：按原样运行。</translation>
        </message>
        <message>
            <source>Convert it to safetensors first.</source>
            <translation>请先转换为 safetensors 格式。</translation>
        </message>
        <message>
            <source>Copy or download it again.</source>
            <translation>请重新复制或下载。</translation>
        </message>
        <message>
            <source>Copy or download the model again.</source>
            <translation>请重新复制或下载模型。</translation>
        </message>
        <message>
            <source>Copy or download them again.</source>
            <translation>请重新复制或下载这些权重。</translation>
        </message>
        <message>
            <source>Delete it in your file manager.</source>
            <translation>请在文件管理器中删除。</translation>
        </message>
        <message>
            <source>Delete it.</source>
            <translation>请删除它。</translation>
        </message>
        <message>
            <source>Delete or mend it.</source>
            <translation>请删除或修复它。</translation>
        </message>
        <message>
            <source>Do not use this project.</source>
            <translation>请不要使用此项目。</translation>
        </message>
        <message>
            <source>Download the model again.</source>
            <translation>请重新下载模型。</translation>
        </message>
        <message>
            <source>Free some room or choose another disk.</source>
            <translation>请腾出一些空间，或选择其他磁盘。</translation>
        </message>
        <message>
            <source>Free some space or choose another folder.</source>
            <translation>请腾出一些空间，或选择其他文件夹。</translation>
        </message>
        <message>
            <source>Free some space, then start again.</source>
            <translation>请腾出一些空间，然后重新开始。</translation>
        </message>
        <message>
            <source>Generate it again.</source>
            <translation>请重新生成。</translation>
        </message>
        <message>
            <source>Generate it first.</source>
            <translation>请先生成它。</translation>
        </message>
        <message>
            <source>Generate one first.</source>
            <translation>请先生成一幅图像。</translation>
        </message>
        <message>
            <source>Generate the picture again.</source>
            <translation>请重新生成图像。</translation>
        </message>
        <message>
            <source>Get it as a folder in the diffusers layout.</source>
            <translation>请改用其 diffusers 格式的文件夹。</translation>
        </message>
        <message>
            <source>Get the file with all parts in it, or the model's folder.</source>
            <translation>请获取包含全部组成部分的文件，或该模型的文件夹。</translation>
        </message>
        <message>
            <source>Get the model again.</source>
            <translation>请重新获取模型。</translation>
        </message>
        <message>
            <source>Get the safetensors version of this model.</source>
            <translation>请获取此模型的 safetensors 版本。</translation>
        </message>
        <message>
            <source>Go back to a snapshot, or restore the project from a copy.</source>
            <translation>请返回某个快照，或从副本恢复项目。</translation>
        </message>
        <message>
            <source>Install it (pip install 'hiprompt-desktop[few-bits]'), or use auto.</source>
            <translation>请安装它（pip install 'hiprompt-desktop[few-bits]'），或使用 auto。</translation>
        </message>
        <message>
            <source>Install it: pip install --no-deps {0}</source>
            <translation>请安装它：pip install --no-deps {0}</translation>
        </message>
        <message>
            <source>Its patches are 0 to {0}.</source>
            <translation>它的分块编号为 0 到 {0}。</translation>
        </message>
        <message>
            <source>Known are: {0}.</source>
            <translation>可用的有：{0}。</translation>
        </message>
        <message>
            <source>Leave the metadata out.</source>
            <translation>请不要写入元数据。</translation>
        </message>
        <message>
            <source>Leave them out.</source>
            <translation>请去掉它们。</translation>
        </message>
        <message>
            <source>Little memory is free: captioner and diffusion model take turns.</source>
            <translation>可用内存很少：描述模型与绘图模型轮流加载。</translation>
        </message>
        <message>
            <source>Little memory is free: {0}.</source>
            <translation>可用内存很少：{0}。</translation>
        </message>
        <message>
            <source>Look at {0} for those that it has.</source>
            <translation>请在 {0} 查看有哪些版本。</translation>
        </message>
        <message>
            <source>Make a new one.</source>
            <translation>请重新创建。</translation>
        </message>
        <message>
            <source>Make it smaller first.</source>
            <translation>请先将它缩小。</translation>
        </message>
        <message>
            <source>Memory ran out: only the part of the model at work stays on the device. This is slower.</source>
            <translation>内存不足：设备上只保留正在工作的那部分模型。这样会慢一些。</translation>
        </message>
        <message>
            <source>Memory ran out: the model is sent to the device layer by layer. This is much slower.</source>
            <translation>内存不足：模型将逐层送入设备。这样会慢很多。</translation>
        </message>
        <message>
            <source>Memory ran out: tiles are {0} pixels wide instead of {1}.</source>
            <translation>内存不足：图块宽度改为 {0} 像素，原为 {1} 像素。</translation>
        </message>
        <message>
            <source>Memory ran out: views are drawn one by one instead of {0} at once.</source>
            <translation>内存不足：视图改为逐个绘制，原为同时 {0} 个。</translation>
        </message>
        <message>
            <source>Memory ran out: what was not at work has been removed from it.</source>
            <translation>内存不足：已移除未在工作的内容。</translation>
        </message>
        <message>
            <source>Memory ran out: {0} views are drawn at once instead of {1}.</source>
            <translation>内存不足：同时绘制 {0} 个视图，原为 {1} 个。</translation>
        </message>
        <message>
            <source>Name a captioner folder or turn captions off.</source>
            <translation>请指定描述模型文件夹，或关闭描述。</translation>
        </message>
        <message>
            <source>Name a folder with text files, one choice a line.</source>
            <translation>请指定一个包含文本文件的文件夹，每行一个选项。</translation>
        </message>
        <message>
            <source>Name the folder with {0}.txt, or write \__{1}__ if you mean these very signs.</source>
            <translation>请指定含有 {0}.txt 的文件夹；如果就是要这些字符，请写 \__{1}__。</translation>
        </message>
        <message>
            <source>No patch is chosen.</source>
            <translation>没有选择分块。</translation>
        </message>
        <message>
            <source>Nobody has said yet what the picture shows.</source>
            <translation>还没有人写下画面内容。</translation>
        </message>
        <message>
            <source>Nothing follows phase {0} of a picture of {1}.</source>
            <translation>在 {1} 的图片中，第 {0} 阶段之后没有其他阶段。</translation>
        </message>
        <message>
            <source>One text is longer than the encoder's {0} tokens and is read in pieces; it begins “{1}…”.</source>
            <translation>有一段文本超过编码器的 {0} 个词元，将分段读取；它的开头是“{1}…”。</translation>
        </message>
        <message>
            <source>Phase {0} has no patch {1}.</source>
            <translation>第 {0} 阶段没有分块 {1}。</translation>
        </message>
        <message>
            <source>Phase {0} has no patches.</source>
            <translation>第 {0} 阶段没有分块。</translation>
        </message>
        <message>
            <source>Phase {0} has {1} patches.</source>
            <translation>第 {0} 阶段有 {1} 个分块。</translation>
        </message>
        <message>
            <source>Phase {0} is {1}, and would be {2} now.</source>
            <translation>第 {0} 阶段为 {1}，而按现在的设置应为 {2}。</translation>
        </message>
        <message>
            <source>Remove it by hand.</source>
            <translation>请手动删除。</translation>
        </message>
        <message>
            <source>Remove it first.</source>
            <translation>请先移除它。</translation>
        </message>
        <message>
            <source>Remove it.</source>
            <translation>请删除它。</translation>
        </message>
        <message>
            <source>Rename it to .safetensors.</source>
            <translation>请将扩展名改为 .safetensors。</translation>
        </message>
        <message>
            <source>Restore the project from a copy, or go back to an earlier version.</source>
            <translation>请从副本恢复项目，或返回较早的版本。</translation>
        </message>
        <message>
            <source>Restore the project from a copy.</source>
            <translation>请从副本恢复项目。</translation>
        </message>
        <message>
            <source>Save it as UTF-8.</source>
            <translation>请保存为 UTF-8 编码。</translation>
        </message>
        <message>
            <source>Save it with 8 or 16 bits a channel.</source>
            <translation>请以每通道 8 位或 16 位保存。</translation>
        </message>
        <message>
            <source>Say in a few words what the picture shows.</source>
            <translation>请用几个词写下画面内容。</translation>
        </message>
        <message>
            <source>Say it, or generate one at a time.</source>
            <translation>请写下画面内容，或一次只生成一幅。</translation>
        </message>
        <message>
            <source>Say that you want to remove it there as well.</source>
            <translation>请确认也要从那里移除。</translation>
        </message>
        <message>
            <source>Say yourself what it shows.</source>
            <translation>请自己写下画面内容。</translation>
        </message>
        <message>
            <source>Something went wrong inside HiPrompt.</source>
            <translation>HiPrompt 内部出错了。</translation>
        </message>
        <message>
            <source>Start again.</source>
            <translation>请重新开始。</translation>
        </message>
        <message>
            <source>The VAE gave values that are not numbers while decoding.</source>
            <translation>VAE 解码时产生了非数值。</translation>
        </message>
        <message>
            <source>The VAE gave values that are not numbers while encoding.</source>
            <translation>VAE 编码时产生了非数值。</translation>
        </message>
        <message>
            <source>The authors of {0} give it only to those who accept their terms.</source>
            <translation>{0} 的作者只提供给接受其条款的用户。</translation>
        </message>
        <message>
            <source>The autosave beside {0} is damaged.</source>
            <translation>{0} 旁边的自动保存已损坏。</translation>
        </message>
        <message>
            <source>The captioner in {0} has no chat template, and how to ask a {1} is not known.</source>
            <translation>{0} 中的描述模型没有对话模板，也不知道如何向 {1} 提问。</translation>
        </message>
        <message>
            <source>The captioner in {0} runs code of its own.</source>
            <translation>{0} 中的描述模型会运行自带的代码。</translation>
        </message>
        <message>
            <source>The captioner {0} did not answer ({1}).</source>
            <translation>描述模型 {0} 没有回答（{1}）。</translation>
        </message>
        <message>
            <source>The captioner {0} has no words for the picture.</source>
            <translation>描述模型 {0} 没能描述此图像。</translation>
        </message>
        <message>
            <source>The colour profile of {0} cannot be used ({1}): its colours are taken as sRGB.</source>
            <translation>无法使用 {0} 的色彩配置文件（{1}）：按 sRGB 处理其颜色。</translation>
        </message>
        <message>
            <source>The connection to {0} breaks again and again ({1}).</source>
            <translation>与 {0} 的连接反复中断（{1}）。</translation>
        </message>
        <message>
            <source>The diffusion model gave values that are not numbers.</source>
            <translation>扩散模型产生了非数值。</translation>
        </message>
        <message>
            <source>The disk is full: {0} cannot be written.</source>
            <translation>磁盘已满：无法写入 {0}。</translation>
        </message>
        <message>
            <source>The hub tells no hash of {0}.</source>
            <translation>Hub 没有提供 {0} 的哈希值。</translation>
        </message>
        <message>
            <source>The identity of {0} cannot be proved: {1}.</source>
            <translation>无法验证 {0} 的身份：{1}。</translation>
        </message>
        <message>
            <source>The list of folders {0} cannot be read: {1}.</source>
            <translation>无法读取文件夹列表 {0}：{1}。</translation>
        </message>
        <message>
            <source>The model cannot be compiled here and runs as it is: {0}</source>
            <translation>模型无法在本机上编译，按原样运行：{0}</translation>
        </message>
        <message>
            <source>The model in {0} cannot be loaded: {1}</source>
            <translation>无法加载 {0} 中的模型：{1}</translation>
        </message>
        <message>
            <source>The model in {0} needs a package that is not installed: {1}</source>
            <translation>{0} 中的模型需要尚未安装的软件包：{1}</translation>
        </message>
        <message>
            <source>The model is being compiled, which may take a minute and cannot be cancelled.</source>
            <translation>正在编译模型，可能需要一分钟，且无法取消。</translation>
        </message>
        <message>
            <source>The model runs without being compiled, because its parts take turns on the device.</source>
            <translation>模型未经编译运行，因为其各部分要轮流占用设备。</translation>
        </message>
        <message>
            <source>The model was compiled in {0} s and is {1} times as fast: that pays back after {2} evaluations.</source>
            <translation>模型编译用时 {0} 秒，速度为原来的 {1} 倍：{2} 次求值之后即可收回。</translation>
        </message>
        <message>
            <source>The name has the unknown field {0}.</source>
            <translation>名称中有未知字段 {0}。</translation>
        </message>
        <message>
            <source>The negative prompt is not used in the first phase, whose guidance is 1.</source>
            <translation>负面提示词在第一阶段不起作用，该阶段的引导强度为 1。</translation>
        </message>
        <message>
            <source>The negative prompt is not used: at guidance 1 nothing leads away from it.</source>
            <translation>负面提示词不起作用：引导强度为 1 时不会避开它的内容。</translation>
        </message>
        <message>
            <source>The newest is {0}.</source>
            <translation>最新的版本是 {0}。</translation>
        </message>
        <message>
            <source>The object {0} of {1} is damaged.</source>
            <translation>{1} 的对象 {0} 已损坏。</translation>
        </message>
        <message>
            <source>The picture has another shape than {0}: its edges are cut off.</source>
            <translation>图像的形状与 {0} 不同：边缘会被裁掉。</translation>
        </message>
        <message>
            <source>The picture has {0} phases.</source>
            <translation>此图像有 {0} 个阶段。</translation>
        </message>
        <message>
            <source>The picture needs about {0} MB, but {1} has {2} MB left.</source>
            <translation>图像约需 {0} MB，但 {1} 只剩 {2} MB。</translation>
        </message>
        <message>
            <source>The picture was drawn on {0}, which is not here: another device goes on.</source>
            <translation>此图是在 {0} 上绘制的，而该设备不在此处：由另一设备继续。</translation>
        </message>
        <message>
            <source>The prompt has the wildcard __{0}__, but no folder of wildcards is given.</source>
            <translation>提示词含有通配符 __{0}__，但没有指定通配符文件夹。</translation>
        </message>
        <message>
            <source>The prompt is empty.</source>
            <translation>提示词为空。</translation>
        </message>
        <message>
            <source>The record in {0} has the unknown version {1}.</source>
            <translation>{0} 中的记录版本未知：{1}。</translation>
        </message>
        <message>
            <source>The record in {0} is damaged.</source>
            <translation>{0} 中的记录已损坏。</translation>
        </message>
        <message>
            <source>The stored record cannot be read: {0}.</source>
            <translation>无法读取保存的记录：{0}。</translation>
        </message>
        <message>
            <source>The stored record has no proper {0}.</source>
            <translation>保存的记录缺少有效的 {0}。</translation>
        </message>
        <message>
            <source>The stored request cannot be read: {0}.</source>
            <translation>无法读取保存的请求：{0}。</translation>
        </message>
        <message>
            <source>The tokenizer in {0} cannot be read ({1}).</source>
            <translation>无法读取 {0} 中的分词器（{1}）。</translation>
        </message>
        <message>
            <source>The tokenizer in {0} has no token that ends or pads a text.</source>
            <translation>{0} 中的分词器没有用于结束或填充文本的标记。</translation>
        </message>
        <message>
            <source>The tokenizer in {0} knows {1} words of {2}.</source>
            <translation>{0} 中的分词器只认识 {2} 个词中的 {1} 个。</translation>
        </message>
        <message>
            <source>The upscaler gave values that are not numbers.</source>
            <translation>放大模型给出了非数值结果。</translation>
        </message>
        <message>
            <source>The upscaler {0} does not compute on {1}: {2}</source>
            <translation>放大模型 {0} 无法在 {1} 上运算：{2}</translation>
        </message>
        <message>
            <source>The upscaler {0} does not draw {1} times the sides, as its file says.</source>
            <translation>放大模型 {0} 并未按其文件所述将边长放大 {1} 倍。</translation>
        </message>
        <message>
            <source>The version {0} of {1} is damaged.</source>
            <translation>{1} 的版本 {0} 已损坏。</translation>
        </message>
        <message>
            <source>The weights in {0} are damaged: {1}</source>
            <translation>{0} 中的权重已损坏：{1}</translation>
        </message>
        <message>
            <source>The weights in {0} are pickled, which can run code when they are read.</source>
            <translation>{0} 中的权重是 pickle 格式，读取时可能运行代码。</translation>
        </message>
        <message>
            <source>The weights in {0} lack a part of the model.</source>
            <translation>{0} 中的权重缺少模型的一部分。</translation>
        </message>
        <message>
            <source>The weights in {0} lack {1}.</source>
            <translation>{0} 中的权重缺少 {1}。</translation>
        </message>
        <message>
            <source>The weights {0} are too large for float8.</source>
            <translation>权重 {0} 的数值太大，无法用 float8 保存。</translation>
        </message>
        <message>
            <source>The weights {0} in {1} are not all numbers.</source>
            <translation>{1} 中的权重 {0} 含有非数值。</translation>
        </message>
        <message>
            <source>The wildcard __{0}__ leads back to itself: {1}.</source>
            <translation>通配符 __{0}__ 引用了自身：{1}。</translation>
        </message>
        <message>
            <source>There are {0} phases.</source>
            <translation>共有 {0} 个阶段。</translation>
        </message>
        <message>
            <source>There is no captioner at {0}.</source>
            <translation>{0} 处没有描述模型。</translation>
        </message>
        <message>
            <source>There is no device {0} here.</source>
            <translation>此处没有设备 {0}。</translation>
        </message>
        <message>
            <source>There is no file {0}.</source>
            <translation>没有文件 {0}。</translation>
        </message>
        <message>
            <source>There is no format {0}.</source>
            <translation>没有格式 {0}。</translation>
        </message>
        <message>
            <source>There is no model {0} on {1}, or it is private.</source>
            <translation>{1} 上没有模型 {0}，或者它是私有的。</translation>
        </message>
        <message>
            <source>There is no phase {0}.</source>
            <translation>没有第 {0} 阶段。</translation>
        </message>
        <message>
            <source>There is no picture at {0}.</source>
            <translation>{0} 处没有图像。</translation>
        </message>
        <message>
            <source>There is no picture to save.</source>
            <translation>没有可保存的图像。</translation>
        </message>
        <message>
            <source>There is no style {0}.</source>
            <translation>没有风格 {0}。</translation>
        </message>
        <message>
            <source>There is no wildcard __{0}__ in {1}.</source>
            <translation>{1} 中没有通配符 __{0}__。</translation>
        </message>
        <message>
            <source>There is not enough memory for this request.</source>
            <translation>内存不足，无法完成此请求。</translation>
        </message>
        <message>
            <source>There is nothing at {0}.</source>
            <translation>{0} 处没有任何内容。</translation>
        </message>
        <message>
            <source>There is too little memory to open {0}.</source>
            <translation>内存不足，无法打开 {0}。</translation>
        </message>
        <message>
            <source>There is {0}.</source>
            <translation>现有：{0}。</translation>
        </message>
        <message>
            <source>This program does not use files of this kind ({0}).</source>
            <translation>本程序不使用这类文件（{0}）。</translation>
        </message>
        <message>
            <source>To open {0} takes {1} GB of memory, and {2} GB are free.</source>
            <translation>打开 {0} 需要 {1} GB 内存，仅剩 {2} GB 可用。</translation>
        </message>
        <message>
            <source>Too little memory for {0} patches at once: {1} from now on.</source>
            <translation>内存不足以同时处理 {0} 个分块：此后每次 {1} 个。</translation>
        </message>
        <message>
            <source>Try again later, perhaps over another connection.</source>
            <translation>请稍后重试，或换一个网络连接。</translation>
        </message>
        <message>
            <source>Try again later.</source>
            <translation>请稍后重试。</translation>
        </message>
        <message>
            <source>Try again later; what has arrived is kept.</source>
            <translation>请稍后重试；已下载的部分会保留。</translation>
        </message>
        <message>
            <source>Try again; the log file holds the details.</source>
            <translation>请重试；详细信息在日志文件中。</translation>
        </message>
        <message>
            <source>Turn captions on.</source>
            <translation>请开启描述。</translation>
        </message>
        <message>
            <source>Unknown value {0}.</source>
            <translation>未知的值 {0}。</translation>
        </message>
        <message>
            <source>Update this program.</source>
            <translation>请更新本程序。</translation>
        </message>
        <message>
            <source>Upscale it instead.</source>
            <translation>请改为放大它。</translation>
        </message>
        <message>
            <source>Use 1 or more.</source>
            <translation>请使用 1 或更大的值。</translation>
        </message>
        <message>
            <source>Use UTF-8.</source>
            <translation>请使用 UTF-8 编码。</translation>
        </message>
        <message>
            <source>Use a Size(height, width).</source>
            <translation>请使用 Size(height, width)。</translation>
        </message>
        <message>
            <source>Use a captioner or your own captions.</source>
            <translation>请使用描述模型或自己写的描述。</translation>
        </message>
        <message>
            <source>Use a number from -10 to 10.</source>
            <translation>请使用 -10 到 10 之间的数。</translation>
        </message>
        <message>
            <source>Use a number from {0} to {1}.</source>
            <translation>请使用 {0} 到 {1} 之间的数。</translation>
        </message>
        <message>
            <source>Use a whole number from 1 to 100.</source>
            <translation>请使用 1 到 100 之间的整数。</translation>
        </message>
        <message>
            <source>Use a whole number from {0} to {1}.</source>
            <translation>请使用 {0} 到 {1} 之间的整数。</translation>
        </message>
        <message>
            <source>Use auto or bfloat16.</source>
            <translation>请使用 auto 或 bfloat16。</translation>
        </message>
        <message>
            <source>Use auto or cpu.</source>
            <translation>请使用 auto 或 cpu。</translation>
        </message>
        <message>
            <source>Use auto.</source>
            <translation>请使用 auto。</translation>
        </message>
        <message>
            <source>Use float16 or auto.</source>
            <translation>请使用 float16 或 auto。</translation>
        </message>
        <message>
            <source>Use it with base_image.</source>
            <translation>请与 base_image 一起使用。</translation>
        </message>
        <message>
            <source>Use one word.</source>
            <translation>请使用一个词。</translation>
        </message>
        <message>
            <source>Use precision float32.</source>
            <translation>请使用 float32 精度。</translation>
        </message>
        <message>
            <source>Use sides from {0} to {1}.</source>
            <translation>请使用 {0} 到 {1} 之间的边长。</translation>
        </message>
        <message>
            <source>Use the number of a patch, 0 or more.</source>
            <translation>请使用分块的编号，0 或更大。</translation>
        </message>
        <message>
            <source>Use the number of a phase, 2 or more.</source>
            <translation>请使用阶段的编号，2 或更大。</translation>
        </message>
        <message>
            <source>Use true or false.</source>
            <translation>请使用 true 或 false。</translation>
        </message>
        <message>
            <source>Use {0}, as the kept phases do.</source>
            <translation>请使用 {0}，与保留的阶段一致。</translation>
        </message>
        <message>
            <source>Use {0}.</source>
            <translation>请使用 {0}。</translation>
        </message>
        <message>
            <source>Where the prompt's words are is seen while phase 1 is drawn, and a picture is given in its place.</source>
            <translation>提示词中各词的位置要在绘制第 1 阶段时观察，而这里用现成图像代替了它。</translation>
        </message>
        <message>
            <source>Where the prompt's words are was not looked at while the kept phase 1 was drawn.</source>
            <translation>绘制保留的第 1 阶段时没有记录提示词各词所在的位置。</translation>
        </message>
        <message>
            <source>Where {0} places its words cannot be seen: it has no cross-attention.</source>
            <translation>无法得知 {0} 把各词放在哪里：它没有交叉注意力。</translation>
        </message>
        <message>
            <source>With guidance_scale 0 the prompt is not looked at.</source>
            <translation>guidance_scale 为 0 时提示词不起作用。</translation>
        </message>
        <message>
            <source>Write ORGANISATION/NAME as in its address.</source>
            <translation>请按网址中的形式填写 ORGANISATION/NAME。</translation>
        </message>
        <message>
            <source>Write one choice a line.</source>
            <translation>请每行写一个选项。</translation>
        </message>
        <message>
            <source>Write paths in it without quotes.</source>
            <translation>其中的路径请不要加引号。</translation>
        </message>
        <message>
            <source>Write {"NAME": {"prompt": "{prompt}, …", "negative_prompt": "…"}}, or name a styles.csv of A1111.</source>
            <translation>请写成 {"NAME": {"prompt": "{prompt}, …", "negative_prompt": "…"}}，或指定 A1111 的 styles.csv。</translation>
        </message>
        <message>
            <source>metadata is {0}.</source>
            <translation>metadata 的值是 {0}。</translation>
        </message>
        <message>
            <source>quality is {0}.</source>
            <translation>quality 的值是 {0}。</translation>
        </message>
        <message>
            <source>the caption of patch {0} holds a zero character.</source>
            <translation>分块 {0} 的描述含有空字符。</translation>
        </message>
        <message>
            <source>the caption of patch {0} holds bytes that are not text.</source>
            <translation>分块 {0} 的描述含有不是文本的字节。</translation>
        </message>
        <message>
            <source>the caption of patch {0} is {1}.</source>
            <translation>分块 {0} 的描述是 {1}。</translation>
        </message>
        <message>
            <source>the weight of {0} is {1}.</source>
            <translation>{0} 的权重是 {1}。</translation>
        </message>
        <message>
            <source>the word is {0}.</source>
            <translation>该词是 {0}。</translation>
        </message>
        <message>
            <source>{0} already holds another picture.</source>
            <translation>{0} 中已有另一幅图像。</translation>
        </message>
        <message>
            <source>{0} answered {1} {2}.</source>
            <translation>{0} 返回了 {1} {2}。</translation>
        </message>
        <message>
            <source>{0} answers in an unknown way about {1}.</source>
            <translation>{0} 对 {1} 的回应无法识别。</translation>
        </message>
        <message>
            <source>{0} answers no questions: it describes the patches in its own way.</source>
            <translation>{0} 不回答问题：它按自己的方式描述分块。</translation>
        </message>
        <message>
            <source>{0} cannot be made: {1}.</source>
            <translation>无法创建 {0}：{1}。</translation>
        </message>
        <message>
            <source>{0} cannot be moved to the trash: {1}.</source>
            <translation>无法将 {0} 移到回收站：{1}。</translation>
        </message>
        <message>
            <source>{0} cannot be reached ({1}).</source>
            <translation>无法连接到 {0}（{1}）。</translation>
        </message>
        <message>
            <source>{0} cannot be read ({1}).</source>
            <translation>无法读取 {0}（{1}）。</translation>
        </message>
        <message>
            <source>{0} cannot be read ({1}). Check the disk and the file's permissions.</source>
            <translation>无法读取 {0}（{1}）。请检查磁盘和文件的权限。</translation>
        </message>
        <message>
            <source>{0} cannot be read as a picture: {1}.</source>
            <translation>无法将 {0} 作为图像读取：{1}。</translation>
        </message>
        <message>
            <source>{0} cannot be read: {1}.</source>
            <translation>无法读取 {0}：{1}。</translation>
        </message>
        <message>
            <source>{0} cannot be removed.</source>
            <translation>无法移除 {0}。</translation>
        </message>
        <message>
            <source>{0} cannot be written: {1}.</source>
            <translation>无法写入 {0}：{1}。</translation>
        </message>
        <message>
            <source>{0} cannot hold this picture: {1}.</source>
            <translation>{0} 无法存储此图像：{1}。</translation>
        </message>
        <message>
            <source>{0} does not answer as the hub does.</source>
            <translation>{0} 的回应与 Hub 不符。</translation>
        </message>
        <message>
            <source>{0} does not belong to the picture beside it or is damaged.</source>
            <translation>{0} 不属于旁边的图像，或已损坏。</translation>
        </message>
        <message>
            <source>{0} does not hold a finished phase.</source>
            <translation>{0} 中没有已完成的阶段。</translation>
        </message>
        <message>
            <source>{0} does not hold phase {1}.</source>
            <translation>{0} 中没有第 {1} 阶段。</translation>
        </message>
        <message>
            <source>{0} does not list the weight files.</source>
            <translation>{0} 没有列出权重文件。</translation>
        </message>
        <message>
            <source>{0} does not say how it was made.</source>
            <translation>{0} 没有记录生成方式。</translation>
        </message>
        <message>
            <source>{0} exists already.</source>
            <translation>{0} 已存在。</translation>
        </message>
        <message>
            <source>{0} has CMYK colours without a profile: they are converted as well as one can.</source>
            <translation>{0} 使用 CMYK 颜色但没有色彩配置文件：只能尽量转换。</translation>
        </message>
        <message>
            <source>{0} has a damaged header.</source>
            <translation>{0} 的文件头已损坏。</translation>
        </message>
        <message>
            <source>{0} has more pixels than {1}x{2}.</source>
            <translation>{0} 的像素数超过 {1}x{2}。</translation>
        </message>
        <message>
            <source>{0} has no file {1} any more.</source>
            <translation>{0} 中已没有文件 {1}。</translation>
        </message>
        <message>
            <source>{0} has no folder '{1}'.</source>
            <translation>{0} 中没有文件夹“{1}”。</translation>
        </message>
        <message>
            <source>{0} has no model_index.json.</source>
            <translation>{0} 中没有 model_index.json。</translation>
        </message>
        <message>
            <source>{0} has no snapshot “{1}”.</source>
            <translation>{0} 没有快照“{1}”。</translation>
        </message>
        <message>
            <source>{0} has no such revision.</source>
            <translation>{0} 没有此修订版本。</translation>
        </message>
        <message>
            <source>{0} has no {1} and no {2}.</source>
            <translation>{0} 中既没有 {1}，也没有 {2}。</translation>
        </message>
        <message>
            <source>{0} has only pickled weights, which can run code when they are read.</source>
            <translation>{0} 只有 pickle 格式的权重，读取时可能运行代码。</translation>
        </message>
        <message>
            <source>{0} has the unknown format {1}.</source>
            <translation>{0} 的格式未知：{1}。</translation>
        </message>
        <message>
            <source>{0} has {1} bytes in place of {2}: it was not copied whole.</source>
            <translation>{0} 有 {1} 字节，应为 {2} 字节：文件没有完整复制。</translation>
        </message>
        <message>
            <source>{0} has {1} frames or pages: the first one is used.</source>
            <translation>{0} 有 {1} 帧或页：使用第一个。</translation>
        </message>
        <message>
            <source>{0} has {1} latent channels, which do not fit {2}.</source>
            <translation>{0} 有 {1} 个潜空间通道，与 {2} 不匹配。</translation>
        </message>
        <message>
            <source>{0} has {1}x{2} pixels, a side can have {3} at most.</source>
            <translation>{0} 有 {1}x{2} 像素，每边最多 {3} 像素。</translation>
        </message>
        <message>
            <source>{0} holds a model of a kind that this program does not know.</source>
            <translation>{0} 中的模型属于本程序不认识的类型。</translation>
        </message>
        <message>
            <source>{0} holds a model of unknown kind.</source>
            <translation>{0} 中的模型类型未知。</translation>
        </message>
        <message>
            <source>{0} holds a zero character.</source>
            <translation>{0} 含有空字符。</translation>
        </message>
        <message>
            <source>{0} holds a {1} that is not readable.</source>
            <translation>{0} 中的 {1} 无法读取。</translation>
        </message>
        <message>
            <source>{0} holds at most {1} pixels a side; this picture has {2}.</source>
            <translation>{0} 每边最多 {1} 像素；此图像为 {2}。</translation>
        </message>
        <message>
            <source>{0} holds at most {1} pixels in all; this picture has {2} ({3}).</source>
            <translation>{0} 总共最多 {1} 像素；此图像有 {2} 像素（{3}）。</translation>
        </message>
        <message>
            <source>{0} holds bytes that are not text.</source>
            <translation>{0} 含有不是文本的字节。</translation>
        </message>
        <message>
            <source>{0} holds floating-point numbers.</source>
            <translation>{0} 使用浮点数存储像素。</translation>
        </message>
        <message>
            <source>{0} holds no ControlNet that can be read.</source>
            <translation>{0} 中没有可读取的 ControlNet。</translation>
        </message>
        <message>
            <source>{0} holds no LoRA that can be read.</source>
            <translation>{0} 中没有可读取的 LoRA。</translation>
        </message>
        <message>
            <source>{0} holds no VAE.</source>
            <translation>{0} 中没有 VAE。</translation>
        </message>
        <message>
            <source>{0} holds no captions ({1}).</source>
            <translation>{0} 中没有描述（{1}）。</translation>
        </message>
        <message>
            <source>{0} holds no captions.</source>
            <translation>{0} 中没有描述。</translation>
        </message>
        <message>
            <source>{0} holds no choice.</source>
            <translation>{0} 中没有选项。</translation>
        </message>
        <message>
            <source>{0} holds no diffusion network, which a whole {1} has.</source>
            <translation>{0} 中没有完整的 {1} 应有的扩散网络。</translation>
        </message>
        <message>
            <source>{0} holds no embedding for {1} text encoders.</source>
            <translation>{0} 中没有适用于 {1} 个文本编码器的嵌入。</translation>
        </message>
        <message>
            <source>{0} holds no embedding.</source>
            <translation>{0} 中没有嵌入。</translation>
        </message>
        <message>
            <source>{0} holds no finished picture yet.</source>
            <translation>{0} 中还没有已完成的图像。</translation>
        </message>
        <message>
            <source>{0} holds no first text encoder, which a whole {1} has.</source>
            <translation>{0} 中没有完整的 {1} 应有的第一文本编码器。</translation>
        </message>
        <message>
            <source>{0} holds no record of how it was made.</source>
            <translation>{0} 没有生成记录。</translation>
        </message>
        <message>
            <source>{0} holds no safetensors weights.</source>
            <translation>{0} 中没有 safetensors 权重。</translation>
        </message>
        <message>
            <source>{0} holds no second text encoder, which a whole {1} has.</source>
            <translation>{0} 中没有完整的 {1} 应有的第二文本编码器。</translation>
        </message>
        <message>
            <source>{0} holds no style.</source>
            <translation>{0} 中没有风格。</translation>
        </message>
        <message>
            <source>{0} holds no third text encoder (T5), which a whole {1} has.</source>
            <translation>{0} 中没有完整的 {1} 应有的第三文本编码器（T5）。</translation>
        </message>
        <message>
            <source>{0} holds no upscaler that this program can run.</source>
            <translation>{0} 中没有本程序能运行的放大模型。</translation>
        </message>
        <message>
            <source>{0} holds no version {1} of phase {2}.</source>
            <translation>{0} 中没有第 {2} 阶段的版本 {1}。</translation>
        </message>
        <message>
            <source>{0} holds no weights.</source>
            <translation>{0} 中没有权重。</translation>
        </message>
        <message>
            <source>{0} holds no {1}, which a whole {2} has.</source>
            <translation>{0} 中没有完整的 {2} 应有的 {1}。</translation>
        </message>
        <message>
            <source>{0} holds values that are not numbers, in {1}. Copy or download it again.</source>
            <translation>{0} 的 {1} 中含有非数值。请重新复制或下载。</translation>
        </message>
        <message>
            <source>{0} holds whole numbers ({1}) in place of weights: another program has quantised it.</source>
            <translation>{0} 中存放的是整数（{1}）而不是权重：它已被其他程序量化。</translation>
        </message>
        <message>
            <source>{0} holds work that cannot be read.</source>
            <translation>{0} 中的内容无法读取。</translation>
        </message>
        <message>
            <source>{0} holds {1}, a relative of LoRA that this program cannot add.</source>
            <translation>{0} 包含 {1}，这是与 LoRA 相近的格式，本程序无法使用。</translation>
        </message>
        <message>
            <source>{0} holds {1}, which no picture has.</source>
            <translation>{0} 含有 {1}，图像中不应有此内容。</translation>
        </message>
        <message>
            <source>{0} holds {1}, which no project has.</source>
            <translation>{0} 含有 {1}，项目中不应有此内容。</translation>
        </message>
        <message>
            <source>{0} is a ControlNet for another kind of model than this model.</source>
            <translation>{0} 是用于其他类型模型的 ControlNet，与当前模型不符。</translation>
        </message>
        <message>
            <source>{0} is a ControlNet for another kind of model than {1}.</source>
            <translation>{0} 是用于其他类型模型的 ControlNet，与 {1} 不符。</translation>
        </message>
        <message>
            <source>{0} is a ControlNet for models that read texts {1} wide, and {2} reads {3}.</source>
            <translation>{0} 是用于文本宽度为 {1} 的模型的 ControlNet，而 {2} 的文本宽度为 {3}。</translation>
        </message>
        <message>
            <source>{0} is a ControlNet for {1} tasks, none of which are tiles.</source>
            <translation>{0} 是用于 {1} 种任务的 ControlNet，其中没有分块（tile）任务。</translation>
        </message>
        <message>
            <source>{0} is a ControlNet, which {1} has no use for.</source>
            <translation>{0} 是 ControlNet，{1} 无法使用它。</translation>
        </message>
        <message>
            <source>{0} is a LoRA for another kind of model than {1}.</source>
            <translation>{0} 是为 {1} 以外的模型制作的 LoRA。</translation>
        </message>
        <message>
            <source>{0} is a TIFF file of a kind that cannot be read, or damaged.</source>
            <translation>{0} 是无法读取的 TIFF 类型，或已损坏。</translation>
        </message>
        <message>
            <source>{0} is a download that did not finish.</source>
            <translation>{0} 没有下载完成。</translation>
        </message>
        <message>
            <source>{0} is a file, and captioners are folders.</source>
            <translation>{0} 是文件，而描述模型应是文件夹。</translation>
        </message>
        <message>
            <source>{0} is a folder where a file of weights should be.</source>
            <translation>{0} 是文件夹，而这里应当是权重文件。</translation>
        </message>
        <message>
            <source>{0} is a link that leads back to itself.</source>
            <translation>{0} 是指向自身的链接。</translation>
        </message>
        <message>
            <source>{0} is a link to {1}, which is gone.</source>
            <translation>{0} 是指向 {1} 的链接，但目标已不存在。</translation>
        </message>
        <message>
            <source>{0} is a model of unknown kind, not a ControlNet.</source>
            <translation>{0} 是未知类型的模型，不是 ControlNet。</translation>
        </message>
        <message>
            <source>{0} is a model of unknown kind.</source>
            <translation>{0} 是类型未知的模型。</translation>
        </message>
        <message>
            <source>{0} is a part of a model.</source>
            <translation>{0} 只是模型的一部分。</translation>
        </message>
        <message>
            <source>{0} is a pickled checkpoint, which can run code when it is read.</source>
            <translation>{0} 是 pickle 格式的模型检查点，读取时可能运行代码。</translation>
        </message>
        <message>
            <source>{0} is a relative of the {1} with another UNet.</source>
            <translation>{0} 是 {1} 的变体，UNet 结构不同。</translation>
        </message>
        <message>
            <source>{0} is a relative of {1} with parts of its own, which this program cannot run.</source>
            <translation>{0} 是 {1} 的变体，含有自己的部件，本程序无法运行。</translation>
        </message>
        <message>
            <source>{0} is a safetensors file under another ending.</source>
            <translation>{0} 是 safetensors 文件，但扩展名不对。</translation>
        </message>
        <message>
            <source>{0} is a {1}, not a ControlNet.</source>
            <translation>{0} 是{1}，不是 ControlNet。</translation>
        </message>
        <message>
            <source>{0} is a {1}, not an upscaler that can be used.</source>
            <translation>{0} 是{1}，不是可用的放大模型。</translation>
        </message>
        <message>
            <source>{0} is a {1}, which describes no pictures.</source>
            <translation>{0} 是 {1}，不能描述图像。</translation>
        </message>
        <message>
            <source>{0} is a {1}.</source>
            <translation>{0} 是 {1}。</translation>
        </message>
        <message>
            <source>{0} is an embedding for another kind of model than {1}.</source>
            <translation>{0} 是为 {1} 以外的模型制作的嵌入。</translation>
        </message>
        <message>
            <source>{0} is an upscaler, but not for pictures in colour.</source>
            <translation>{0} 是放大模型，但不适用于彩色图像。</translation>
        </message>
        <message>
            <source>{0} is an upscaler, for which the package spandrel is needed; it is not installed.</source>
            <translation>{0} 是放大模型，需要 spandrel 软件包，但该软件包未安装。</translation>
        </message>
        <message>
            <source>{0} is cut short or is no safetensors file ({1} bytes).</source>
            <translation>{0} 不完整，或不是 safetensors 文件（{1} 字节）。</translation>
        </message>
        <message>
            <source>{0} is damaged or cannot be read ({1}).</source>
            <translation>{0} 已损坏或无法读取（{1}）。</translation>
        </message>
        <message>
            <source>{0} is damaged or cut short ({1}).</source>
            <translation>{0} 已损坏或不完整（{1}）。</translation>
        </message>
        <message>
            <source>{0} is damaged.</source>
            <translation>{0} 已损坏。</translation>
        </message>
        <message>
            <source>{0} is damaged: {1}</source>
            <translation>{0} 已损坏：{1}</translation>
        </message>
        <message>
            <source>{0} is damaged: {1} objects are not whole.</source>
            <translation>{0} 已损坏：有 {1} 个对象不完整。</translation>
        </message>
        <message>
            <source>{0} is empty.</source>
            <translation>{0} 是空的。</translation>
        </message>
        <message>
            <source>{0} is full of files with this name.</source>
            <translation>{0} 中已有太多同名文件。</translation>
        </message>
        <message>
            <source>{0} is larger than this disk allows.</source>
            <translation>{0} 超过了此磁盘允许的大小。</translation>
        </message>
        <message>
            <source>{0} is made for inpainting or editing.</source>
            <translation>{0} 用于局部重绘或编辑。</translation>
        </message>
        <message>
            <source>{0} is missing or damaged ({1}).</source>
            <translation>{0} 缺失或已损坏（{1}）。</translation>
        </message>
        <message>
            <source>{0} is missing or damaged.</source>
            <translation>{0} 缺失或已损坏。</translation>
        </message>
        <message>
            <source>{0} is missing.</source>
            <translation>缺少 {0}。</translation>
        </message>
        <message>
            <source>{0} is no VAE for a {1} model.</source>
            <translation>{0} 不是适用于 {1} 模型的 VAE。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it has no column {1}.</source>
            <translation>{0} 不是风格文件：缺少列 {1}。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it holds no names.</source>
            <translation>{0} 不是风格文件：其中没有名称。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it is no JSON from line {1} on.</source>
            <translation>{0} 不是风格文件：从第 {1} 行起不是有效的 JSON。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it is no table.</source>
            <translation>{0} 不是风格文件：它不是表格。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it is not UTF-8 text.</source>
            <translation>{0} 不是风格文件：它不是 UTF-8 文本。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: it is too deep.</source>
            <translation>{0} 不是风格文件：嵌套层次过深。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: nothing is said of style {1}.</source>
            <translation>{0} 不是风格文件：没有写明风格 {1} 的内容。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: style {1} has a {2}, which is unknown.</source>
            <translation>{0} 不是风格文件：风格 {1} 含有未知的 {2}。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: style {1} has no name.</source>
            <translation>{0} 不是风格文件：第 {1} 个风格没有名称。</translation>
        </message>
        <message>
            <source>{0} is no file of styles: the {1} of style {2} is no text.</source>
            <translation>{0} 不是风格文件：风格 {2} 的 {1} 不是文本。</translation>
        </message>
        <message>
            <source>{0} is no file that can be read.</source>
            <translation>{0} 不是可以读取的文件。</translation>
        </message>
        <message>
            <source>{0} is no model.</source>
            <translation>{0} 不是模型。</translation>
        </message>
        <message>
            <source>{0} is no picture that can be read.</source>
            <translation>{0} 不是可读取的图像。</translation>
        </message>
        <message>
            <source>{0} is no project.</source>
            <translation>{0} 不是项目。</translation>
        </message>
        <message>
            <source>{0} is no result of this program.</source>
            <translation>{0} 不是本程序生成的结果。</translation>
        </message>
        <message>
            <source>{0} is no zip file or damaged.</source>
            <translation>{0} 不是 Zip 文件，或已损坏。</translation>
        </message>
        <message>
            <source>{0} is not UTF-8 text.</source>
            <translation>{0} 不是 UTF-8 文本。</translation>
        </message>
        <message>
            <source>{0} is not a JSON object.</source>
            <translation>{0} 不是 JSON 对象。</translation>
        </message>
        <message>
            <source>{0} is not a PNG file or is damaged ({1}).</source>
            <translation>{0} 不是 PNG 文件，或已损坏（{1}）。</translation>
        </message>
        <message>
            <source>{0} is not valid JSON.</source>
            <translation>{0} 不是有效的 JSON。</translation>
        </message>
        <message>
            <source>{0} is not valid JSON. Copy or download it again.</source>
            <translation>{0} 不是有效的 JSON。请重新复制或下载。</translation>
        </message>
        <message>
            <source>{0} is not what its authors published: its hash is another. Copy or download it again.</source>
            <translation>{0} 与作者发布的文件不一致：哈希值不同。请重新复制或下载。</translation>
        </message>
        <message>
            <source>{0} is not {1} as its record says.</source>
            <translation>{0} 的尺寸与记录的 {1} 不符。</translation>
        </message>
        <message>
            <source>{0} is open in another window of HiPrompt.</source>
            <translation>{0} 已在 HiPrompt 的另一个窗口中打开。</translation>
        </message>
        <message>
            <source>{0} is pickled whatever its name says, and can run code when it is read.</source>
            <translation>无论名称如何，{0} 都是 pickle 格式，读取时可能运行代码。</translation>
        </message>
        <message>
            <source>{0} is the same LoRA as {1}.</source>
            <translation>{0} 与 {1} 是同一个 LoRA。</translation>
        </message>
        <message>
            <source>{0} is there already and is not this model.</source>
            <translation>{0} 处已有其他内容，不是此模型。</translation>
        </message>
        <message>
            <source>{0} is transparent in places: it was laid over white.</source>
            <translation>{0} 有透明部分：已衬上白色背景。</translation>
        </message>
        <message>
            <source>{0} is {1} now, and was {2} when it was chosen.</source>
            <translation>{0} 现在是 {1}，选择时是 {2}。</translation>
        </message>
        <message>
            <source>{0} is {1}.</source>
            <translation>{0} 的值是 {1}。</translation>
        </message>
        <message>
            <source>{0} lacks a picture.</source>
            <translation>{0} 缺少一幅图像。</translation>
        </message>
        <message>
            <source>{0} lacks the object {1}.</source>
            <translation>{0} 缺少对象 {1}。</translation>
        </message>
        <message>
            <source>{0} lies in a folder of {1}, which uses it too.</source>
            <translation>{0} 在 {1} 的文件夹中，后者也在使用它。</translation>
        </message>
        <message>
            <source>{0} needs {1} GB more, {2} GB are free.</source>
            <translation>{0} 还需要 {1} GB，仅剩 {2} GB 可用。</translation>
        </message>
        <message>
            <source>{0} of {1} arrives damaged: its hash is not the published one.</source>
            <translation>{1} 的 {0} 下载后已损坏：哈希值与发布的不一致。</translation>
        </message>
        <message>
            <source>{0} repairs pictures, or is not for colours: it makes nothing larger.</source>
            <translation>{0} 用于修复图像或不支持彩色：它不能放大图像。</translation>
        </message>
        <message>
            <source>{0} runs without its {1}: it reads texts less closely.</source>
            <translation>{0} 在没有 {1} 的情况下运行：它对文字的理解会差一些。</translation>
        </message>
        <message>
            <source>{0} texts are longer than the encoder's {1} tokens and are read in pieces; the first begins “{2}…”.</source>
            <translation>有 {0} 段文本超过编码器的 {1} 个词元，将分段读取；第一段开头是“{2}…”。</translation>
        </message>
        <message>
            <source>{0} was not made by HiPrompt.</source>
            <translation>{0} 不是由 HiPrompt 制作的。</translation>
        </message>
        <message>
            <source>{0} was renamed: it is phase {1}, version {2}.</source>
            <translation>{0} 已被改名：它是第 {1} 阶段的版本 {2}。</translation>
        </message>
        <message>
            <source>“{0}” is read as a word: it does not join two prompts.</source>
            <translation>“{0}” 会被当作普通单词：它不会把两个提示词组合起来。</translation>
        </message>
        <message>
            <source>“{0}” is read as words, which do not take turns: {a|b} chooses one of them.</source>
            <translation>“{0}” 会被当作普通文字，不会轮流使用：{a|b} 会从中选择一个。</translation>
        </message>
        <message>
            <source>“{0}” is read as words: add LoRAs as add-ons of the model instead.</source>
            <translation>“{0}”会被当作普通文字读取：请改在“附加文件”中添加 LoRA。</translation>
        </message>
        <message>
            <source>“{0}” is read as words: no prompt changes while its picture is drawn.</source>
            <translation>“{0}” 会被当作普通文字：绘制图像时提示词不会改变。</translation>
        </message>
        <message>
            <source>“{0}” weighs 0, which is the least: the negative prompt names what to avoid.</source>
            <translation>“{0}” 的权重为 0，这是最小值：要避免的内容请写在负面提示词中。</translation>
        </message>
    </context>
    <context>
        <name>export</name>
        <message>
            <source>Phase {0} · {1}</source>
            <translation>第 {0} 阶段 · {1}</translation>
        </message>
        <message>
            <source>{0} · version {1}</source>
            <translation>{0} · 版本 {1}</translation>
        </message>
        <message>
            <source>Keeps every pixel and opens everywhere.</source>
            <translation>无损，任何程序都能打开。</translation>
        </message>
        <message>
            <source>Small files for sharing; up to {0} pixels a side.</source>
            <translation>文件小，适合分享；每边最多 {0} 像素。</translation>
        </message>
        <message>
            <source>Smaller than JPEG; 100 keeps every pixel; up to {0} pixels a side.</source>
            <translation>比 JPEG 更小；质量 100 为无损；每边最多 {0} 像素。</translation>
        </message>
        <message>
            <source>The smallest files, slow to write; up to {0} pixels a side.</source>
            <translation>文件最小，写入较慢；每边最多 {0} 像素。</translation>
        </message>
        <message>
            <source>Keeps every pixel; beyond 4 GiB a BigTIFF, which some programs refuse.</source>
            <translation>无损；超过 4 GiB 时为 BigTIFF，部分程序无法打开。</translation>
        </message>
        <message>
            <source>Keeps every pixel, for print and archives.</source>
            <translation>无损，适合印刷和存档。</translation>
        </message>
        <message>
            <source>Phases and versions as layers of one size, for Krita and GIMP.</source>
            <translation>将阶段和版本存为同样大小的图层，供 Krita 和 GIMP 使用。</translation>
        </message>
        <message>
            <source>Prompt, settings and AI mark</source>
            <translation>提示词、设置和 AI 标记</translation>
        </message>
        <message>
            <source>AI mark only</source>
            <translation>仅 AI 标记</translation>
        </message>
        <message>
            <source>Nothing</source>
            <translation>无</translation>
        </message>
        <message>
            <source>With the prompt map; it names folders of this computer.</source>
            <translation>包含提示词地图；其中有本机的文件夹名称。</translation>
        </message>
        <message>
            <source>Says that a model made the picture, nothing else.</source>
            <translation>只注明图像由模型生成。</translation>
        </message>
        <message>
            <source>Pixels and colour profile only.</source>
            <translation>只有像素和色彩配置文件。</translation>
        </message>
    </context>
    <context>
        <name>heat_map</name>
        <message>
            <source>{0} evaluations</source>
            <translation>{0} 次模型运算</translation>
        </message>
        <message>
            <source>whole picture {0}× its surroundings</source>
            <translation>整幅图像为周围的 {0} 倍</translation>
        </message>
        <message>
            <source>Seams between windows</source>
            <translation>窗口之间的接缝</translation>
        </message>
        <message>
            <source>{0} of {1} patches</source>
            <translation>{1} 个分块中有 {0} 个</translation>
        </message>
        <message>
            <source>Patches that look alike</source>
            <translation>相似的分块</translation>
        </message>
        <message>
            <source>Drawing a patch again</source>
            <translation>重绘一个分块</translation>
        </message>
        <message>
            <source>strength {0} %, {1} steps</source>
            <translation>强度 {0} %，{1} 步</translation>
        </message>
        <message>
            <source>{0} a patch</source>
            <translation>每块 {0}</translation>
        </message>
        <message>
            <source>measuring…</source>
            <translation>测量中…</translation>
        </message>
    </context>
    <context>
        <name>models</name>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>LoRAs</source>
            <translation>LoRA</translation>
        </message>
        <message>
            <source>VAEs</source>
            <translation>VAE</translation>
        </message>
        <message>
            <source>Embeddings</source>
            <translation>嵌入</translation>
        </message>
        <message>
            <source>Upscalers</source>
            <translation>放大模型</translation>
        </message>
        <message>
            <source>ControlNets</source>
            <translation>ControlNet</translation>
        </message>
        <message>
            <source>Captioners</source>
            <translation>描述模型</translation>
        </message>
        <message>
            <source>Other</source>
            <translation>其他</translation>
        </message>
        <message>
            <source>model</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>refiner</source>
            <translation>精修模型</translation>
        </message>
        <message>
            <source>diffusion network without its other parts</source>
            <translation>缺少其他部分的扩散网络</translation>
        </message>
        <message>
            <source>captioner</source>
            <translation>描述模型</translation>
        </message>
        <message>
            <source>LoRA</source>
            <translation>LoRA</translation>
        </message>
        <message>
            <source>embedding</source>
            <translation>嵌入</translation>
        </message>
        <message>
            <source>VAE</source>
            <translation>VAE</translation>
        </message>
        <message>
            <source>ControlNet</source>
            <translation>ControlNet</translation>
        </message>
        <message>
            <source>upscaler</source>
            <translation>放大模型</translation>
        </message>
        <message>
            <source>text encoder</source>
            <translation>文本编码器</translation>
        </message>
        <message>
            <source>unknown kind</source>
            <translation>未知类型</translation>
        </message>
        <message>
            <source>{0} billion</source>
            <translation>{0}×10⁹</translation>
        </message>
        <message>
            <source>{0} million</source>
            <translation>{0}×10⁶</translation>
        </message>
        <message>
            <source>you</source>
            <translation>您</translation>
        </message>
        <message>
            <source>Every byte was read; the hash is the published one.</source>
            <translation>已读取每个字节；哈希值与发布的一致。</translation>
        </message>
        <message>
            <source>Every byte was read; no damage was found.</source>
            <translation>已读取每个字节；未发现损坏。</translation>
        </message>
        <message>
            <source>Move {0} to the trash?</source>
            <translation>将 {0} 移到回收站？</translation>
        </message>
        <message>
            <source>It lies in a folder of {0}, which uses it too.</source>
            <translation>它位于 {0} 的文件夹中，该程序也在使用它。</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} / {1}</translation>
        </message>
        <message>
            <source>Connecting…</source>
            <translation>正在连接…</translation>
        </message>
        <message>
            <source>{0} left</source>
            <translation>剩余 {0}</translation>
        </message>
        <message>
            <source>not told: ask its authors</source>
            <translation>未说明：请询问作者</translation>
        </message>
        <message>
            <source>{0} files, {1}</source>
            <translation>{0} 个文件，{1}</translation>
        </message>
        <message>
            <source>{0} file, {1}</source>
            <translation>{0} 个文件，{1}</translation>
        </message>
        <message>
            <source>SDXL itself; what the paper was made with</source>
            <translation>SDXL 本身；论文所用的模型</translation>
        </message>
        <message>
            <source>a fine-tune of SDXL for photographs</source>
            <translation>面向照片的 SDXL 微调模型</translation>
        </message>
        <message>
            <source>SDXL distilled to half its size, for small cards</source>
            <translation>蒸馏到一半大小的 SDXL，适合小显存显卡</translation>
        </message>
        <message>
            <source>pictures in one to four steps; not for commercial use</source>
            <translation>一到四步出图；不可商用</translation>
        </message>
        <message>
            <source>SDXL's VAE without black pictures in fp16</source>
            <translation>在 fp16 下不会出黑图的 SDXL VAE</translation>
        </message>
        <message>
            <source>the captioner of the paper</source>
            <translation>论文所用的描述模型</translation>
        </message>
        <message>
            <source>captions in little memory</source>
            <translation>内存占用小的描述模型</translation>
        </message>
        <message>
            <source>precise captions; not for commercial use</source>
            <translation>描述精确；不可商用</translation>
        </message>
        <message>
            <source>the smallest captioner, quick without a GPU</source>
            <translation>最小的描述模型，没有 GPU 也很快</translation>
        </message>
    </context>
    <context>
        <name>phrases</name>
        <message>
            <source>phase {0} of {1}</source>
            <translation>第 {0} / {1} 阶段</translation>
        </message>
        <message>
            <source>starting</source>
            <translation>正在开始</translation>
        </message>
        <message>
            <source>loading {0}</source>
            <translation>正在加载 {0}</translation>
        </message>
        <message>
            <source>patch {0} of {1} described</source>
            <translation>已描述 {0} / {1} 个分块</translation>
        </message>
        <message>
            <source>enlarging the picture, tile {0} of {1}</source>
            <translation>正在放大图像，第 {0}/{1} 块</translation>
        </message>
        <message>
            <source>reading the picture, tile {0} of {1}</source>
            <translation>正在读取图像，第 {0} / {1} 块</translation>
        </message>
        <message>
            <source>step {0} of {1}</source>
            <translation>第 {0} / {1} 步</translation>
        </message>
        <message>
            <source>painting tile {0} of {1}</source>
            <translation>正在绘制，第 {0} / {1} 块</translation>
        </message>
        <message>
            <source>compiled</source>
            <translation>已编译</translation>
        </message>
        <message>
            <source>Looking at what was drawn</source>
            <translation>正在查看画出的内容</translation>
        </message>
        <message>
            <source>Describing patches again</source>
            <translation>正在重新描述分块</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} / {1}</translation>
        </message>
        <message>
            <source>Looking at your picture</source>
            <translation>正在查看你的图像</translation>
        </message>
        <message>
            <source>Drawing {0} patches again</source>
            <translation>正在重绘 {0} 个分块</translation>
        </message>
        <message>
            <source>Drawing the patch again</source>
            <translation>正在重绘分块</translation>
        </message>
        <message>
            <source>variation {0} of {1}</source>
            <translation>变体 {0} / {1}</translation>
        </message>
        <message>
            <source>stops after this phase</source>
            <translation>此阶段后停止</translation>
        </message>
        <message>
            <source>waits</source>
            <translation>等待中</translation>
        </message>
        <message>
            <source>is being drawn</source>
            <translation>正在绘制</translation>
        </message>
        <message>
            <source>interrupted: HiPrompt ended meanwhile</source>
            <translation>已中断：HiPrompt 期间退出</translation>
        </message>
        <message>
            <source>waits for you</source>
            <translation>等待您处理</translation>
        </message>
        <message>
            <source>cancelled</source>
            <translation>已取消</translation>
        </message>
        <message>
            <source>failed</source>
            <translation>失败</translation>
        </message>
        <message>
            <source>done</source>
            <translation>完成</translation>
        </message>
        <message>
            <source>seed {0}</source>
            <translation>种子 {0}</translation>
        </message>
        <message>
            <source>empty: the prompt drives the patch</source>
            <translation>为空：由提示词驱动此分块</translation>
        </message>
        <message>
            <source>long: the model reads it in several parts</source>
            <translation>较长：模型分几段读取</translation>
        </message>
        <message>
            <source>same as the prompt</source>
            <translation>与提示词相同</translation>
        </message>
        <message>
            <source>repeats its neighbour</source>
            <translation>与相邻分块重复</translation>
        </message>
        <message>
            <source>not what the picture shows</source>
            <translation>与画面不符</translation>
        </message>
        <message>
            <source>locked</source>
            <translation>已锁定</translation>
        </message>
        <message>
            <source>edited</source>
            <translation>已编辑</translation>
        </message>
        <message>
            <source>stale: the picture changed under it</source>
            <translation>已过时：画面已改变</translation>
        </message>
        <message>
            <source>no caption</source>
            <translation>没有描述</translation>
        </message>
        <message>
            <source>{0} patches selected</source>
            <translation>已选中 {0} 个分块</translation>
        </message>
        <message>
            <source>{0} s</source>
            <translation>{0} 秒</translation>
        </message>
        <message>
            <source>{0} min</source>
            <translation>{0} 分钟</translation>
        </message>
        <message>
            <source>{0} h</source>
            <translation>{0} 小时</translation>
        </message>
        <message>
            <source>{0} left</source>
            <translation>剩余 {0}</translation>
        </message>
        <message>
            <source>{0} in this phase · {1} left</source>
            <translation>本阶段 {0} · 剩余 {1}</translation>
        </message>
        <message>
            <source>{0} left in this phase</source>
            <translation>本阶段剩余 {0}</translation>
        </message>
        <message>
            <source>{0} MB</source>
            <translation>{0} MB</translation>
        </message>
        <message>
            <source>{0} GB</source>
            <translation>{0} GB</translation>
        </message>
        <message>
            <source>{0} kB</source>
            <translation>{0} kB</translation>
        </message>
        <message>
            <source>{0} patches</source>
            <translation>{0} 个分块</translation>
        </message>
        <message>
            <source>{0} evaluations</source>
            <translation>{0} 次模型运算</translation>
        </message>
        <message>
            <source>{0} of the ControlNet</source>
            <translation>ControlNet {0} 次</translation>
        </message>
        <message>
            <source>how long?</source>
            <translation>要多久？</translation>
        </message>
        <message>
            <source>measuring…</source>
            <translation>测量中…</translation>
        </message>
        <message>
            <source>needs {0} of {1}: tight</source>
            <translation>需要 {1} 中的 {0}：很紧张</translation>
        </message>
        <message>
            <source>needs {0}, only {1} are free</source>
            <translation>需要 {0}，仅剩 {1} 可用</translation>
        </message>
        <message>
            <source>{0} ✓ fits part by part, slower</source>
            <translation>{0} ✓ 分部件可容纳，较慢</translation>
        </message>
        <message>
            <source>{0} ✓ fits, models take turns</source>
            <translation>{0} ✓ 可容纳，模型轮流加载</translation>
        </message>
        <message>
            <source>{0} ✓ fits</source>
            <translation>{0} ✓ 足够</translation>
        </message>
        <message>
            <source>{0} steps, guidance 1: for this model</source>
            <translation>{0} 步，引导强度 1：适合此模型</translation>
        </message>
        <message>
            <source>cost: {0} base images of 50 steps</source>
            <translation>运算量：相当于 {0} 幅 50 步的基础图像</translation>
        </message>
        <message>
            <source>memory: about {0}, {1} are free</source>
            <translation>内存：约 {0}，可用 {1}</translation>
        </message>
        <message>
            <source>1 view at once</source>
            <translation>每次处理 1 个视图</translation>
        </message>
        <message>
            <source>{0} views at once</source>
            <translation>同时处理 {0} 个视图</translation>
        </message>
        <message>
            <source>{0}, VAE tiles of {1} pixels</source>
            <translation>{0}，VAE 图块为 {1} 像素</translation>
        </message>
        <message>
            <source>only the part of the model that is at work is on the device</source>
            <translation>只有正在工作的模型部件位于设备上</translation>
        </message>
        <message>
            <source>captioner and model are loaded in turns</source>
            <translation>描述模型与绘图模型轮流加载</translation>
        </message>
        <message>
            <source>how long it takes is known when this machine was measured, or after a picture</source>
            <translation>测量本机之后，或画完一张图之后，即可得知需要多长时间</translation>
        </message>
        <message>
            <source>phase {0}: {1}</source>
            <translation>第 {0} 阶段：{1}</translation>
        </message>
        <message>
            <source>{0} steps</source>
            <translation>{0} 步</translation>
        </message>
        <message>
            <source>enlarged by the upscaler</source>
            <translation>由放大模型放大</translation>
        </message>
        <message>
            <source>{0} s a patch</source>
            <translation>每块 {0} 秒</translation>
        </message>
    </context>
</TS>
